"""What errors of asyncpg mean to callers of the engine."""

import asyncpg

from vestibule.domain.errors import AlreadyExists, DatabaseUnavailable

# The server is gone, overloaded, read-only or not set up: the request may be tried again later.
UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.UndefinedTableError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
    TimeoutError,
)


class translated:  # noqa: N801 - reads as a word after `with`
    """Raises AlreadyExists or DatabaseUnavailable for the errors of a block that mean so."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, asyncpg.UniqueViolationError):
            raise AlreadyExists(str(error.constraint_name)) from error
        if isinstance(error, UNAVAILABLE):
            raise DatabaseUnavailable(retry_after=5, private=f"postgresql: {error!r}") from error

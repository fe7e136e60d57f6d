"""What errors of asyncpg mean to callers of the engine, and to operators."""

import socket
import ssl
from typing import Any

import asyncpg

from vestibule.domain.errors import AlreadyExists, DatabaseUnavailable

# The server is gone, overloaded, read-only or not set up: the request may be tried again later.
UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.UndefinedTableError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
    TimeoutError,
)
_POOLER = (
    "If this is PgBouncer, set VESTIBULE_DATABASE_DIRECT_URL to the address of PostgreSQL itself: that says that "
    "VESTIBULE_DATABASE_URL is PgBouncer. Else name PostgreSQL, past whatever is in between."
)
_RIGHTS = (
    "As the owner: GRANT CREATE, USAGE ON SCHEMA … TO the user of the address; or set VESTIBULE_DATABASE_SCHEMA to a "
    "name of its own, such as vestibule, and GRANT CREATE ON DATABASE. Existing tables must be the user's own."
)
# The first kind that fits says what to do.
_REMEDIES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (asyncpg.InvalidAuthorizationSpecificationError, "Correct user and password, or let pg_hba.conf admit them."),
    (asyncpg.InvalidCatalogNameError, "Make the database (CREATE DATABASE … ENCODING 'UTF8'), or correct its name."),
    (asyncpg.InsufficientPrivilegeError, _RIGHTS),
    (asyncpg.DuplicateTableError, "Set VESTIBULE_DATABASE_SCHEMA to a name of its own: this one has other tables."),
    (asyncpg.ProtocolViolationError, _POOLER),
    (asyncpg.FeatureNotSupportedError, _POOLER),
    (asyncpg.ReadOnlySQLTransactionError, "Name the primary: this server is read-only."),
    (asyncpg.InternalClientError, "Name the primary: none of these hosts takes writes."),
    (asyncpg.TooManyConnectionsError, "Lower VESTIBULE_DATABASE_POOL_SIZE, or raise max_connections of PostgreSQL."),
    (asyncpg.exceptions.ClientConfigurationError, "Correct the parameters of the address."),
    (ssl.SSLError, "Correct sslmode and the certificates: docs/deploy.md."),
    (socket.gaierror, "Correct the name of the host: it leads to no address."),
)


def unavailable(error: BaseException) -> DatabaseUnavailable:
    """Return DatabaseUnavailable for an error of asyncpg; its `remedy` says what an operator can do."""
    remedy = next((text for kind, text in _REMEDIES if isinstance(error, kind)), "")
    return DatabaseUnavailable(retry_after=5, private=f"postgresql: {error!r}", remedy=remedy)


async def check_encoding(connection: "asyncpg.Connection[Any]") -> None:
    """Raise DatabaseUnavailable when the database cannot hold every text, such as names in other scripts."""
    # A pooler may leave it out of its greeting; the migrations see it, since they go past the pooler.
    encoding = getattr(connection.get_settings(), "server_encoding", "UTF8")
    if encoding != "UTF8":
        remedy = (
            "Make another database: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0; an encoding stays as it is."
        )
        raise DatabaseUnavailable(private=f"postgresql: its encoding is {encoding}, not UTF8", remedy=remedy)


class translated:  # noqa: N801 - reads as a word after `with`
    """Context manager that turns asyncpg's errors into AlreadyExists (a unique constraint refused a row) and
    DatabaseUnavailable (those in `UNAVAILABLE`); all others pass unchanged.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, asyncpg.UniqueViolationError):
            raise AlreadyExists(str(error.constraint_name)) from error
        if isinstance(error, UNAVAILABLE):
            raise unavailable(error) from error

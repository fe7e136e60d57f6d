"""PostgreSQL through one small asyncpg pool per worker."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from vestibule.db.engine import Dialect, Row, UniqueViolation, Value
from vestibule.domain.errors import DatabaseUnavailable

_UNAVAILABLE = (
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


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """Sizes and time limits (seconds) of a worker's connections."""

    size: int = 10
    wait: float = 5.0
    statement: float = 10.0
    lock: float = 5.0


class _Connection:
    dialect: Dialect = "postgresql"

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
        self._connection = connection

    async def one(self, sql: str, *values: Value) -> Row | None:
        return await self._connection.fetchrow(sql, *values)

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        return await self._connection.fetch(sql, *values)

    async def run(self, sql: str, *values: Value) -> int:
        status = await self._connection.execute(sql, *values)
        last = status.rpartition(" ")[2]
        return int(last) if last.isdecimal() else 0


class PostgresEngine:
    """A pool that keeps prepared statements and does not reset on release: the connection's state is ours."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str, schema: str, policy: PoolPolicy) -> None:
        self._url = url
        self._schema = schema
        self._policy = policy
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Connect once; a database that is down now is tried again at the next use."""
        await self._connected()

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_Connection]:
        """READ COMMITTED; the statements that must not race are conditional or take a row lock."""
        with _translated():
            pool = await self._connected()
            async with pool.acquire(timeout=self._policy.wait) as connection, connection.transaction():
                yield _Connection(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[_Connection]:
        """A pooled connection in autocommit."""
        with _translated():
            pool = await self._connected()
            async with pool.acquire(timeout=self._policy.wait) as connection:
                yield _Connection(connection)

    async def _connected(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                with _translated():
                    self._pool = await self._create_pool()
            return self._pool

    async def _create_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        return await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._policy.size,
            timeout=self._policy.wait,
            command_timeout=self._policy.statement + 1,
            reset=_keep,
            server_settings={
                "application_name": "vestibule",
                "search_path": f'"{self._schema}"',
                "timezone": "UTC",
                "statement_timeout": f"{int(self._policy.statement * 1000)}",
                "lock_timeout": f"{int(self._policy.lock * 1000)}",
                "idle_in_transaction_session_timeout": "30000",
            },
        )


async def _keep(_: object) -> None:
    """Release without the reset queries: they would cost more than the session check."""


class _translated:  # noqa: N801 - reads as a word after `with`
    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, asyncpg.UniqueViolationError):
            raise UniqueViolation(str(error.constraint_name)) from error
        if isinstance(error, _UNAVAILABLE):
            raise DatabaseUnavailable(retry_after=5, private=f"postgresql: {error!r}") from error

"""The PostgreSQL engine: one small asyncpg pool per worker, and one connection that follows revocations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from vestibule.db.engine import Dialect
from vestibule.db.pool_policy import PoolPolicy
from vestibule.db.postgres_connections import Listener, PostgresConnection, Proxy, Transaction, is_alive, is_clean
from vestibule.db.postgres_errors import UNAVAILABLE, check_encoding, translated, unavailable
from vestibule.tasks import SupervisedTask

_FOLLOWING = 1
IDLE_SECONDS = 20.0
# Rows that fill more than a page, so that the table has to grow: pages with room left can be written on a full disk.
_PROBE = "INSERT INTO write_probes (filler) SELECT repeat('x', 1000) FROM generate_series(1, 10)"
# The channel's name depends on the schema, because several installations may share one database.
_CHANNEL = "SELECT 'vestibule_' || md5(current_schema())"
# A connection keeps the plan that it made while a table was empty, when to read all of it was best. Where the server
# raises the cost of that instead of refusing it, the cost would have every such plan compiled just in time.
_PLANNING = {"enable_seqscan": "off", "jit": "off"}


class PostgresEngine:
    """PostgreSQL through a pool that keeps prepared statements and does not reset connections on release: no other code
    changes their state.
    """

    dialect: Dialect = "postgresql"

    def __init__(self, url: str, schema: str, policy: PoolPolicy) -> None:
        self._url = url
        self._policy = policy
        self._settings = {
            "search_path": f'"{schema}"',
            "statement_timeout": f"{int(policy.statement * 1000)}",
            "lock_timeout": f"{int(policy.lock * 1000)}",
            "idle_in_transaction_session_timeout": "30000",
            "plan_cache_mode": "force_generic_plan",
            **_PLANNING,
        }
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()
        self._held: list[Proxy] = []
        self._least_held = 0
        self._waiting = 0
        self._ends = False
        self._closing_idle = SupervisedTask("idle_connections", self._close_idle)

    async def open(self) -> None:
        """Create the pool. Raises DatabaseUnavailable when the database is down; the next use tries again."""
        self._closing_idle.start()
        await self._connected()

    async def close(self) -> None:
        """Close every connection, those in use once they are given back."""
        await self._closing_idle.stop()
        self._ends = True
        if self._pool is not None:
            while self._held:
                await self._pool.release(self._held.pop())
            await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresConnection]:
        """Open a transaction at READ COMMITTED; statements that must not race are conditional or take a row lock."""
        with translated():
            async with self._connection() as connection, Transaction(connection):
                if self._policy.pooled:
                    await connection.execute(self._set_locally())
                yield PostgresConnection(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PostgresConnection]:
        """Open a pooled connection in autocommit; through PgBouncer in a transaction, which pins one server to it."""
        if self._policy.pooled:
            async with self.transaction() as pinned:
                yield pinned
            return
        with translated():
            async with self._connection() as connection:
                yield PostgresConnection(connection)

    async def probe(self) -> None:
        """Check that a write would succeed now, and leave nothing written: the rows are rolled back, and the commit
        around them has to reach the disk. Raises DatabaseUnavailable.
        """
        try:
            async with self.transaction() as connection:
                for sql in ("SAVEPOINT probe", _PROBE, "ROLLBACK TO SAVEPOINT probe"):
                    await connection.run(sql)
        except asyncpg.PostgresError as error:
            raise unavailable(error) from error

    @property
    def notifies(self) -> bool:
        """Whether workers listen for notifications."""
        return self._policy.notifies

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Listener]:
        """Open a connection outside the pool that listens for notifications."""
        async with self._alone("vestibule listener") as connection:
            listener = Listener(connection)
            await connection.add_listener(await connection.fetchval(_CHANNEL), listener.note)
            yield listener

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[PostgresConnection]:
        """Open a connection outside the pool that asks for revocations: no burst of requests delays it."""
        async with self._alone("vestibule poller") as connection:
            yield PostgresConnection(connection)

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Open a connection that bypasses any pooler. Its own small writes are not flushed to disk at commit
        (`synchronous_commit` off).
        """
        settings = {**self._settings, "application_name": name, "synchronous_commit": "off"}
        with translated():
            connection = await asyncpg.connect(
                self._policy.direct_url or self._url,
                timeout=self._policy.wait,
                command_timeout=1,
                server_settings=settings,
            )
            try:
                yield connection
            finally:
                connection.terminate()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Proxy]:
        """Borrow a kept connection, else one of the pool, whose own bookkeeping costs more than a short statement."""
        pool = await self._connected()
        connection = self._held.pop() if self._held else await self._acquire(pool)
        while not is_alive(connection):
            await pool.release(connection)
            connection = self._held.pop() if self._held else await self._acquire(pool)
        try:
            self._least_held = min(self._least_held, len(self._held))
            yield connection
        except asyncpg.ReadOnlySQLTransactionError:
            # This server is no longer the primary. New connections reach the new primary.
            for stale in filter(is_alive, (connection, *self._held)):
                stale.terminate()
            raise
        except BaseException as error:
            if not is_clean(connection, error):
                connection.terminate()
            raise
        finally:
            # Closing the pool waits for every connection: none is kept from then on.
            if self._ends or self._waiting or not is_alive(connection):
                await pool.release(connection)
            else:
                self._held.append(connection)

    async def _close_idle(self) -> None:
        """Close connections that a burst left behind: of those unused for `IDLE_SECONDS`, all but one."""
        self._least_held = len(self._held)
        await asyncio.sleep(IDLE_SECONDS)
        for _ in range(1, self._least_held):
            await self._close_one_held()

    async def _close_one_held(self) -> None:
        """Close the connection that was kept longest. It is always released, as closing the pool waits for that."""
        if self._pool is None or not self._held:
            return
        connection = self._held.pop(0)
        try:
            with suppress(*UNAVAILABLE):
                await connection.close(timeout=1)
        finally:
            await self._pool.release(connection)

    async def _acquire(self, pool: "asyncpg.Pool[asyncpg.Record]") -> Proxy:
        self._waiting += 1
        try:
            return await pool.acquire(timeout=self._policy.wait)
        finally:
            self._waiting -= 1

    async def _connected(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is not None:
            return self._pool
        async with self._opening:
            if self._pool is None:
                with translated():
                    self._pool = await self._create_pool()
            return self._pool

    async def _create_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        pooled = self._policy.pooled
        return await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=max(1, self._policy.size - _FOLLOWING),
            timeout=self._policy.wait,
            command_timeout=self._policy.statement + 1,
            reset=_keep,
            init=check_encoding,
            statement_cache_size=0 if pooled else 100,
            server_settings={"application_name": "vestibule", **({} if pooled else self._settings)},
        )

    def _set_locally(self) -> str:
        return "; ".join(f"SET LOCAL {name} TO {value}" for name, value in self._settings.items())


async def _keep(_: object) -> None:
    """Reset nothing on release: the reset queries would cost more than a session check."""

"""One connection to PostgreSQL: its statements, its transactions, and whether it can be used again."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import asyncpg

from vestibule.db.engine import Dialect, Row, Value
from vestibule.domain.errors import DatabaseUnavailable

Proxy: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class PostgresConnection:
    """A connection as the repositories use it (`db/engine.py`). What goes wrong are exceptions of asyncpg."""

    dialect: Dialect = "postgresql"

    def __init__(self, connection: "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]") -> None:
        self._connection = connection

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Return the first row, or None."""
        return await self._connection.fetchrow(sql, *values)

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows."""
        return await self._connection.fetch(sql, *values)

    async def run(self, sql: str, *values: Value) -> int:
        """Run the statement and return how many rows it changed."""
        status = await self._connection.execute(sql, *values)
        last = status.rpartition(" ")[2]
        return int(last) if last.isdecimal() else 0

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run the statement for each of these rows of values."""
        await self._connection.executemany(sql, rows)


class Listener:
    """A connection that keeps what it was notified of until `heard` asks."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self.connection = PostgresConnection(connection)
        self._heard: asyncio.Queue[str | None] = asyncio.Queue()
        connection.add_termination_listener(lambda _: self._heard.put_nowait(None))

    def note(self, *arguments: object) -> None:
        """Take a notification, as asyncpg hands it over; its text comes last."""
        self._heard.put_nowait(str(arguments[-1]))

    async def heard(self, seconds: float) -> Sequence[str]:
        """Wait up to `seconds` for notifications, and return the texts of those that came. Raises DatabaseUnavailable
        once the connection is lost.
        """
        found: list[str | None] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation (cpython issue 86296)
                found.append(await self._heard.get())
        while not self._heard.empty():
            found.append(self._heard.get_nowait())
        if None in found:
            raise DatabaseUnavailable(retry_after=1, private="postgresql: the listening connection is lost")
        return [text for text in found if text is not None]


class Transaction:
    """BEGIN to COMMIT. Checks that COMMIT did commit: in a failed transaction PostgreSQL turns it into a ROLLBACK."""

    def __init__(self, connection: Proxy) -> None:
        self._connection = connection

    async def __aenter__(self) -> None:
        await self._connection.execute("BEGIN")

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is not None:
            if is_clean(self._connection, error):
                await self._connection.execute("ROLLBACK")
            return
        done = await self._connection.execute("COMMIT")
        if done != "COMMIT":
            raise DatabaseUnavailable(retry_after=1, private=f"postgresql: COMMIT answered {done}")


def is_clean(connection: Proxy, error: BaseException) -> bool:
    """Whether a connection can be used again after an error. A statement that timed out or was cancelled may still run
    and may leave its transaction open: what the next request wrote there would be acknowledged, and lost.
    """
    if not is_alive(connection):
        return False
    return not isinstance(error, TimeoutError | asyncio.CancelledError | asyncpg.InterfaceError | OSError)


def is_alive(connection: Proxy) -> bool:
    """Whether a connection is open. The pool takes a dead connection back by itself; its proxy then raises
    InterfaceError for every call.
    """
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False

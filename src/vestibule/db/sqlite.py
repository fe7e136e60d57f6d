"""The SQLite engine: statements run on the event loop's thread; what takes or waits long, on one writer thread."""

import asyncio
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from vestibule.db.engine import Dialect, Row, Value
from vestibule.db.sqlite_errors import UNUSABLE, guarded, unavailable
from vestibule.db.sqlite_groups import WriteGroups
from vestibule.db.sqlite_turns import Turns
from vestibule.db.sqlite_writer import SqliteWriter
from vestibule.domain.errors import DatabaseUnavailable

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
_WAL_TRIES = 100
_READER_CACHE_KIB = 16 * 1024  # room for the pages of sessions and users in use
_PROBE = bytes(range(256)) * 1024  # a quarter of a MiB: more than is left over in blocks that are taken already
_BATCH = " LIMIT $"  # of a statement that changes rows: it may change hundreds, and take milliseconds
_STATEMENTS_IN_A_ROW = 32  # on the event loop's thread: about a millisecond
_PARAMETER = re.compile(r"\$(\d+)")


@lru_cache(maxsize=512)
def translate(sql: str) -> str:
    """Translate parameters from `$n` to `?n`, because SQLite binds `$n` by first appearance, not by number."""
    return _PARAMETER.sub(r"?\1", sql)


def file_uri(path: Path, mode: str) -> str:
    """Return SQLite's URI for a file, with everything in its path escaped. `mode`: `ro` or `rw`."""
    return f"{path.absolute().as_uri()}?mode={mode}"


def connect(path: Path) -> sqlite3.Connection:
    """Open a file that exists, in autocommit, with the pragmas that every connection needs. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        file_uri(path, "rw"), uri=True, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.row_factory = sqlite3.Row
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. On a new file this needs exclusive access and does not wait for the busy timeout as statements do,
    and several processes may start at once: so it is retried for as long as a statement would wait, then raises
    OperationalError.
    """
    for left in range(_WAL_TRIES, 0, -1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if left == 1 or error.sqlite_errorcode & 0xFF in UNUSABLE:
                raise
            time.sleep(BUSY_TIMEOUT_MS / 1000 / _WAL_TRIES)
        else:
            return


class _ReadConnection:
    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def one(self, sql: str, *values: Value) -> Row | None:
        rows = await self.all(sql, *values)
        return rows[0] if rows else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        return guarded(lambda: _rows(self._connection, sql, values))

    async def run(self, sql: str, *values: Value) -> int:
        raise RuntimeError(f"a reading connection does not run {sql!r} with {len(values)} values")

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        raise RuntimeError(f"a reading connection does not run {sql!r} for {len(rows)} rows")


class _Reading:
    """Context manager around the shared read connection; nothing is acquired or released."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def __aenter__(self) -> _ReadConnection:
        return _ReadConnection(self._connection)

    async def __aexit__(self, *_: object) -> None:
        return None


class _WriteConnection:
    dialect: Dialect = "sqlite"

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer
        self._statements = 0

    async def one(self, sql: str, *values: Value) -> Row | None:
        rows = await self.all(sql, *values)
        return rows[0] if rows else None

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        await self._let_others_run()
        return self._writer.at_once(lambda connection: _rows(connection, sql, values))

    async def run(self, sql: str, *values: Value) -> int:
        def execute(connection: sqlite3.Connection) -> int:
            return connection.execute(translate(sql), values).rowcount

        await self._let_others_run()
        return await self._writer.at_length(execute) if _BATCH in sql else self._writer.at_once(execute)

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        await self._writer.at_length(lambda connection: connection.executemany(translate(sql), rows))

    async def _let_others_run(self) -> None:
        """Return to the event loop once in a while: many refreshes are one transaction of many statements."""
        self._statements += 1
        if self._statements % _STATEMENTS_IN_A_ROW == 0:
            await asyncio.sleep(0)


class _ProbeDone(Exception):
    """Undoes what a probe wrote."""


class SqliteEngine:
    """SQLite for several processes on one file, which take turns to write. Within a process, transactions that wait
    together are committed together.
    """

    dialect: Dialect = "sqlite"
    notifies = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: SqliteWriter | None = None
        self._groups: WriteGroups | None = None
        self._reader: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, which the migrations make. Raises DatabaseUnavailable, also when it is missing."""
        self._writer = SqliteWriter(guarded(lambda: connect(self._path)), Turns(self._path))
        self._groups = WriteGroups(self._writer, BUSY_TIMEOUT_MS / 1000)
        self._reader = guarded(lambda: connect(self._path))
        self._reader.execute("PRAGMA query_only = ON")
        self._reader.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")

    async def close(self) -> None:
        """Close both connections after the last write."""
        if self._writer is not None:
            self._writer.close(BUSY_TIMEOUT_MS / 1000)
        if self._reader is not None:
            self._reader.close()

    @property
    def writers_waiting(self) -> int:
        """How many transactions of this process wait for another one."""
        return 0 if self._groups is None else self._groups.waiting

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_WriteConnection]:
        """Open a transaction: one at a time in this process, each inside a savepoint of the group's transaction. The
        block is left when the group is committed. Other processes are waited for up to BUSY_TIMEOUT_MS.
        """
        if self._writer is None or self._groups is None:
            raise DatabaseUnavailable(private="the engine is not open")
        groups = self._groups
        await groups.enter()
        try:
            yield _WriteConnection(self._writer)
        except Exception:
            await groups.give_up()
            raise
        except BaseException:
            groups.abandon()
            raise
        await groups.leave()

    async def probe(self) -> None:
        """Check that a write would succeed now, and leave nothing written. Raises DatabaseUnavailable.

        The file may have free pages on a full disk: so the folder, too, has to take what the next commits may need.
        """
        try:
            async with self.transaction() as connection:
                await _insert_probe(connection)
        except _ProbeDone:
            await self.on_writer(lambda _: _probe_folder(self._path.parent))
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def reading(self) -> "_Reading":
        """Open the shared read connection. Raises DatabaseUnavailable when the engine is not open."""
        if self._reader is None:
            raise DatabaseUnavailable(private="the engine is not open")
        return _Reading(self._reader)

    def data_version(self) -> int:
        """Return a number that changes whenever another connection, of any process, has committed."""
        reader = self._reader
        if reader is None:
            raise DatabaseUnavailable(private="the engine is not open")
        return int(guarded(lambda: reader.execute("PRAGMA data_version").fetchone()[0]))

    async def on_writer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the writer thread with the writer's connection, and return its result."""
        if self._writer is None:
            raise DatabaseUnavailable(private="the engine is not open")
        return await self._writer.on_thread(work)


async def _insert_probe(connection: _WriteConnection) -> None:
    await connection.run("INSERT INTO write_probes (filler) VALUES ('')")
    raise _ProbeDone


def _probe_folder(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            left = memoryview(_PROBE)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
    except OSError as error:
        private = f"sqlite: {folder} takes no file ({error.strerror})"
        raise DatabaseUnavailable(retry_after=5, private=private) from error


def _rows(connection: sqlite3.Connection, sql: str, values: Sequence[Value]) -> Sequence[Row]:
    return connection.execute(translate(sql), values).fetchall()

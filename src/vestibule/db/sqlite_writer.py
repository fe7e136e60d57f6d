"""The connection that writes, and its thread: only what may wait for a lock or for the disk runs there."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from vestibule.db.sqlite_errors import guarded
from vestibule.domain.errors import DatabaseUnavailable

T = TypeVar("T")


class SqliteWriter:
    """One connection with one transaction at a time, which `WriteGroups` shares among its members.

    BEGIN and COMMIT run on the writer thread. A statement in between waits for nothing, since the lock is held and WAL
    needs no fsync before the commit: it runs at once, on the event loop's thread. The two never meet, because no member
    is admitted while BEGIN or COMMIT runs.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._is_closed = False

    def close(self) -> None:
        """Close the connection after what the thread still has to do."""
        self._is_closed = True
        self._thread.shutdown(wait=True)
        self._connection.close()

    def on_thread(self, work: Callable[[sqlite3.Connection], T]) -> "asyncio.Future[T]":
        """Run `work` on the writer thread with the connection. Raises DatabaseUnavailable when this is closed."""
        if self._is_closed:
            raise DatabaseUnavailable(private="the engine is closed")
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._thread, lambda: guarded(lambda: work(self._connection)))

    def at_once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` with the connection, for a member of the group. Raises DatabaseUnavailable when SQLite has ended
        the transaction by itself, as it does when the disk is full: a statement would then commit by itself.
        """
        if not self._connection.in_transaction:
            raise DatabaseUnavailable(retry_after=5, private="sqlite: the transaction was rolled back")
        return guarded(lambda: work(self._connection))

    def begin(self) -> "asyncio.Future[None]":
        """Begin a transaction that writes; waits for writers in other processes."""
        return self.on_thread(_begin)

    def commit(self) -> "asyncio.Future[None]":
        """Commit, and wait until the disk has it. What fails is rolled back."""
        return self.on_thread(_commit)

    def roll_back(self) -> "asyncio.Future[None]":
        """Undo the whole transaction."""
        return self.on_thread(_roll_back)

    def save(self) -> None:
        """Set the savepoint of a member."""
        self.at_once(lambda connection: connection.execute("SAVEPOINT member"))

    def keep(self) -> None:
        """Release the savepoint: what the member wrote is part of the transaction."""
        self.at_once(lambda connection: connection.execute("RELEASE member"))

    def undo(self) -> None:
        """Undo what the member wrote."""
        self.at_once(lambda connection: connection.execute("ROLLBACK TO member"))
        self.keep()


def _begin(connection: sqlite3.Connection) -> None:
    # A transaction that an error left open: nothing of it may be committed.
    _roll_back(connection)
    connection.execute("BEGIN IMMEDIATE")


def _commit(connection: sqlite3.Connection) -> None:
    # SQLite rolled back by itself, after the last statement of a member: COMMIT would answer that there is nothing.
    if not connection.in_transaction:
        raise DatabaseUnavailable(retry_after=5, private="sqlite: the transaction was rolled back")
    try:
        connection.execute("COMMIT")
    except sqlite3.Error:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")

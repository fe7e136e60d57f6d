"""The connection that writes, and its thread: what may wait for a lock or for the disk, or takes long, runs there."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from vestibule.db.sqlite_errors import guarded, unavailable
from vestibule.db.sqlite_thread import WriterThread
from vestibule.db.sqlite_turns import Turns
from vestibule.domain.errors import DatabaseUnavailable

T = TypeVar("T")


class SqliteWriter:
    """One connection with one transaction at a time, which `WriteGroups` shares among its members.

    BEGIN and COMMIT run on the writer thread. A statement in between waits for nothing, since the lock is held and WAL
    needs no fsync before the commit: it runs at once, on the event loop's thread, unless it changes many rows. The
    threads never meet, because no member is admitted while BEGIN or COMMIT runs, and a member waits for its statement.
    """

    def __init__(self, connection: sqlite3.Connection, turns: Turns) -> None:
        self._connection = connection
        self._turns = turns
        self._thread = WriterThread()
        self._is_closed = False

    def close(self, seconds: float) -> None:
        """Close the connection after what the thread still has to do. Returns after `seconds` at the latest: the thread
        may wait for a turn that another process does not give back.
        """
        self._is_closed = True
        self._thread.end(self._close, seconds)

    def on_thread(self, work: Callable[[sqlite3.Connection], T]) -> "asyncio.Future[T]":
        """Run `work` on the writer thread with the connection. Raises DatabaseUnavailable when this is closed."""
        if self._is_closed:
            raise DatabaseUnavailable(private="the engine is closed")
        return self._thread.run(lambda: guarded(lambda: work(self._connection)))

    def at_once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` with the connection, for a member of the group. Raises DatabaseUnavailable when SQLite has ended
        the transaction by itself, as it does when the disk is full: a statement would then commit by itself.
        """
        if not self._connection.in_transaction:
            raise DatabaseUnavailable(retry_after=5, private="sqlite: the transaction was rolled back")
        return guarded(lambda: work(self._connection))

    async def at_length(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do as `at_once` does, but on the writer thread, so that the event loop goes on. A member that is cancelled
        still waits until `work` has ended: what it wrote after the undoing would be kept.
        """
        future = self._thread.run(lambda: self.at_once(work))
        cancelled = None
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            future.exception()  # asyncio reports an exception that is never looked at
            raise cancelled
        return future.result()

    def begin(self) -> "asyncio.Future[None]":
        """Begin a transaction that writes, when it is this process's turn."""
        return self.on_thread(self._begin)

    def commit(self) -> "asyncio.Future[None]":
        """Commit, and wait until the disk has it; then the turn is over. What fails is rolled back."""
        return self.on_thread(self._end_by(_commit))

    def roll_back(self) -> "asyncio.Future[None]":
        """Undo the whole transaction."""
        return self.on_thread(self._end_by(_roll_back))

    def save(self) -> None:
        """Set the savepoint of a member."""
        self._mark("SAVEPOINT member")

    def keep(self) -> None:
        """Release the savepoint: what the member wrote is part of the transaction."""
        self._mark("RELEASE member")

    def undo(self) -> None:
        """Undo what the member wrote."""
        self._mark("ROLLBACK TO member")
        self.keep()

    def _mark(self, sql: str) -> None:
        try:
            self.at_once(lambda connection: connection.execute(sql))
        # Of whatever kind: a savepoint in doubt is the failure of the group, which must end.
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def _begin(self, connection: sqlite3.Connection) -> None:
        self._turns.take()
        try:
            # A transaction that an error left open: nothing of it may be committed.
            _roll_back(connection)
            connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._turns.give_back()
            raise

    def _end_by(self, work: Callable[[sqlite3.Connection], None]) -> Callable[[sqlite3.Connection], None]:
        def end(connection: sqlite3.Connection) -> None:
            try:
                work(connection)
            finally:
                self._turns.give_back()

        return end

    def _close(self) -> None:
        self._connection.close()
        self._turns.close()


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

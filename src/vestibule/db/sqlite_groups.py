"""Group commit: units of work that wait for the writer at the same time share one transaction, and so one fsync.

Only the event loop's thread calls in here. A group goes through BEGIN, its members one after another, and COMMIT; BEGIN
and COMMIT may wait (for another process, for the disk) and run on the writer thread meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from vestibule.domain.errors import DatabaseUnavailable

# A group takes no further member then, so that the first of it does not wait for all that arrive meanwhile.
MOST_MEMBERS = 64


class GroupTransaction(Protocol):
    """The transaction of a group. `begin`, `commit` and `roll_back` run elsewhere and return a future, which has a
    DatabaseUnavailable when they failed; after a commit that failed the transaction is rolled back.
    """

    def begin(self) -> "asyncio.Future[None]":
        """Begin the transaction."""
        ...

    def commit(self) -> "asyncio.Future[None]":
        """Commit it to the disk."""
        ...

    def roll_back(self) -> "asyncio.Future[None]":
        """Undo all of it."""
        ...

    def save(self) -> None:
        """Mark the state to which `undo` returns. Raises DatabaseUnavailable."""
        ...

    def keep(self) -> None:
        """Keep what was written since `save`. Raises DatabaseUnavailable when SQLite has rolled it back by itself."""
        ...

    def undo(self) -> None:
        """Undo what was written since `save`. Raises DatabaseUnavailable when that was not possible."""
        ...


class WriteGroups:
    """Admits one member at a time, and commits when no other one waits or the group is full.

    A member gets its result only when the group is committed. One that raises is undone alone; it too waits for the
    commit, because its error may tell of what another member wrote.
    """

    def __init__(self, transaction: GroupTransaction, patience: float) -> None:
        """`patience`: how long a unit of work waits for other processes, in seconds."""
        self._transaction = transaction
        self._patience = patience
        self._impatience: asyncio.TimerHandle | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_busy = False
        self._admitted = 0
        self._finished: list[asyncio.Future[None]] = []
        self._failure: DatabaseUnavailable | None = None

    @property
    def waiting(self) -> int:
        """How many units of work wait to be admitted."""
        return sum(not place.done() for place in self._waiting)

    async def enter(self) -> None:
        """Wait to be the only member that writes. Each call that returns must be followed by `leave`, `give_up` or
        `abandon`. Raises DatabaseUnavailable.
        """
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        if not self._is_busy:
            self._begin()
        try:
            await place
        except asyncio.CancelledError:
            # Admitted and cancelled at once: no other would pass the place on.
            if place.done() and not place.cancelled() and place.exception() is None:
                self._admit()
            raise
        try:
            self._transaction.save()
        except DatabaseUnavailable as error:
            self._fail(error)
            self._admit()
            raise

    async def leave(self) -> None:
        """Keep what the member wrote, and return when the group is committed. Raises DatabaseUnavailable when it was
        not, and then nothing of it is written.
        """
        try:
            self._transaction.keep()
        except DatabaseUnavailable as error:
            self._fail(error)
        await self._finish()

    async def give_up(self) -> None:
        """Undo what the member wrote, and return when the group is committed. Raises DatabaseUnavailable when it was
        not.
        """
        self._undo()
        await self._finish()

    def abandon(self) -> None:
        """Undo what the member wrote and wait for nothing: its task is cancelled."""
        self._undo()
        self._admit()

    def _undo(self) -> None:
        try:
            self._transaction.undo()
        except DatabaseUnavailable as error:
            self._fail(error)

    def _fail(self, error: DatabaseUnavailable) -> None:
        """Let the whole group fail: SQLite rolls the transaction back by itself when it meets a full disk."""
        self._failure = self._failure or error

    def _finish(self) -> "asyncio.Future[None]":
        finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._finished.append(finished)
        self._admit()
        return finished

    def _begin(self) -> None:
        self._is_busy, self._admitted = True, 0
        tried = len(self._waiting)
        self._limit_wait()
        _then(self._transaction.begin, lambda failure: self._begun(failure, tried))

    def _limit_wait(self) -> None:
        """Refuse those that wait now when their time is over. BEGIN itself may take longer: nothing interrupts the wait
        for a process that is stopped in its turn.
        """
        waiting = [place for place in self._waiting if not place.done()]

        def refuse() -> None:
            _settle(waiting, DatabaseUnavailable(retry_after=5, private="sqlite: another process keeps its turn"))
            self._limit_wait()

        self._impatience = asyncio.get_running_loop().call_later(self._patience, refuse)

    def _begun(self, failure: BaseException | None, tried: int) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
        if failure is None:
            self._admit()
            return
        # Who came during the attempt has not waited yet, and gets one of its own.
        _settle([self._waiting.popleft() for _ in range(tried)], failure)
        self._rest()

    def _admit(self) -> None:
        """Admit the next that waits, or end the group."""
        while self._waiting and self._admitted < MOST_MEMBERS and self._failure is None:
            place = self._waiting.popleft()
            if not place.done():
                self._admitted += 1
                place.set_result(None)
                return
        self._end()

    def _end(self) -> None:
        finished, self._finished = self._finished, []
        failure, self._failure = self._failure, None
        if failure is None:
            _then(self._transaction.commit, lambda error: self._ended(finished, error))
        else:
            _then(self._transaction.roll_back, lambda _: self._ended(finished, failure))

    def _ended(self, finished: list["asyncio.Future[None]"], failure: BaseException | None) -> None:
        # The next transaction begins on the writer thread while these go on.
        self._rest()
        _settle(finished, failure)

    def _rest(self) -> None:
        self._is_busy = False
        if self._waiting:
            self._begin()


def _then(start: Callable[[], "asyncio.Future[None]"], done: Callable[[BaseException | None], None]) -> None:
    """Call `done` with what the future that `start` returns failed with, or None."""
    try:
        future = start()
    except DatabaseUnavailable as error:  # the engine is closed
        done(error)
        return
    future.add_done_callback(lambda ended: done(ended.exception()))


def _settle(futures: list["asyncio.Future[None]"], failure: BaseException | None) -> None:
    for future in futures:
        if future.done():
            continue
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)
            future.exception()  # asyncio reports an exception that is never looked at, and the member may be cancelled

"""Races with the order fixed: the test holds a user's row, starts requests, and lets go once all of them wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from harness import Vestibule
from vestibule.repositories.unit_of_work import UnitOfWork

Request = Callable[[], Awaitable[Any]]
_WAITING = """SELECT count(*) AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


class Held:
    """`work` is the transaction that holds the row: what it writes happened before every request that is started."""

    def __init__(self, vestibule: Vestibule, work: UnitOfWork) -> None:
        self.work = work
        self._vestibule = vestibule
        self.started: list[asyncio.Task[Any]] = []

    async def start(self, request: Request) -> None:
        """Returns once the request waits for the row, or was answered without it."""
        self.started.append(asyncio.ensure_future(request()))
        while await self._waiting() < sum(not task.done() for task in self.started):
            await asyncio.sleep(0)

    async def _waiting(self) -> int:
        engine = self._vestibule.database._engine
        if engine.dialect == "sqlite":
            return int(engine.writers_waiting)
        return int((await self._vestibule.rows(_WAITING))[0]["n"])


@asynccontextmanager
async def holding(vestibule: Vestibule, user_id: str) -> AsyncIterator[Held]:
    """On SQLite, which has one writer at a time, the transaction itself is the lock."""
    async with vestibule.database.writing() as work:
        await work.users.hold(user_id)
        held = Held(vestibule, work)
        yield held
    await asyncio.wait(held.started)


async def side_by_side(vestibule: Vestibule, user_id: str, *requests: Request) -> list[Any]:
    """Their answers, when none was decided before all had read what they go by."""
    async with holding(vestibule, user_id) as held:
        for request in requests:
            await held.start(request)
    return [task.result() for task in held.started]

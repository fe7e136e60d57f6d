"""Work beside the requests: the only module that starts a task (tests/architecture/test_supervision.py holds it).

A task that ends with an exception ends in silence: nothing awaits it, and what it did for everybody stays undone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.observability.logs import get_logger

# Seconds between one failure and the next try; the last one is the longest.
PAUSES = (0.5, 1.0, 2.0, 5.0)
_log = get_logger("tasks")


def _always() -> bool:
    return True


class SupervisedTask:
    """Repeats a step, whatever exception it ends with, for as long as it is `wanted`.

    A failure is logged and followed by a pause, longer after each failure in a row. Only cancelling ends it early.
    """

    def __init__(
        self, name: str, step: Callable[[], Awaitable[None]], *,
        wanted: Callable[[], bool] = _always, pauses: Sequence[float] = PAUSES,
    ) -> None:  # fmt: skip
        self.name = name
        self.failures_in_a_row = 0
        self._step = step
        self._wanted = wanted
        self._pauses = pauses
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, unless it is under way."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._repeat(), name=self.name)

    def cancel(self) -> None:
        """End it at its next wait."""
        # Once: a second cancellation would cut off how it takes leave after the first.
        if self._task is not None and not self._task.cancelling():
            self._task.cancel()

    async def stop(self) -> None:
        """End it, and return when it has ended."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _repeat(self) -> None:
        loop = asyncio.get_running_loop()
        # A step that swallows its cancellation is no reason to go on.
        while self._wanted() and not _is_cancelled():
            began = loop.time()
            try:
                await self._step()
            except (Exception, asyncio.CancelledError) as error:
                if _is_cancelled():
                    raise
                # What went well for long before it failed has begun anew.
                lasted = loop.time() - began > self._pauses[-1]
                self.failures_in_a_row = 1 if lasted else self.failures_in_a_row + 1
                self._note(error)
                await asyncio.sleep(self._pauses[min(self.failures_in_a_row, len(self._pauses)) - 1])
            else:
                self.failures_in_a_row = 0

    def _note(self, error: BaseException) -> None:
        with suppress(Exception):  # a log that cannot be written ends nothing
            if isinstance(error, DatabaseUnavailable):
                _log.warning("task_waits_for_database", task=self.name, private=error.private)
            else:
                _log.error("task_failed", task=self.name, exc_info=error)


def _is_cancelled() -> bool:
    """Whether it is this task that is to end: what it waits for may have been cancelled by others."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

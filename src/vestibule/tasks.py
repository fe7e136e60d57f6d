"""Background tasks: the only module that starts one (tests/architecture/test_supervision.py enforces it).

An asyncio task that ends with an exception ends silently, since nothing awaits it, and the work that every request
relies on stays undone. Tasks started here are logged and repeated instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.observability.logs import get_logger

# Seconds between a failure and the next try, by failures in a row; the last value is used for all further ones.
PAUSES = (0.5, 1.0, 2.0, 5.0)
_log = get_logger("tasks")


class SupervisedTask:
    """Repeats a step for as long as `wanted` returns true, whatever exception the step ends with.

    A failure is logged and followed by a pause (`pauses`, seconds), longer after each failure in a row. Only cancelling
    ends the task early.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[None]],
        *,
        wanted: Callable[[], bool] = lambda: True,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.name = name
        self.failures_in_a_row = 0
        self._step = step
        self._wanted = wanted
        self._pauses = pauses
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the task, unless it is running."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._repeat(), name=self.name)

    def cancel(self) -> None:
        """Cancel the task: it ends at its next await. Returns at once."""
        # Only once: a second cancellation would interrupt the cleanup after the first.
        if self._task is not None and not self._task.cancelling():
            self._task.cancel()

    async def stop(self) -> None:
        """Cancel the task, and return when it has ended."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _repeat(self) -> None:
        loop = asyncio.get_running_loop()
        # A step may swallow its cancellation; the task ends all the same.
        while self._wanted() and not _is_cancelled():
            began = loop.time()
            try:
                await self._step()
            except (Exception, asyncio.CancelledError) as error:
                if _is_cancelled():
                    raise
                # A failure after a long run counts as the first one again.
                lasted = loop.time() - began > self._pauses[-1]
                self.failures_in_a_row = 1 if lasted else self.failures_in_a_row + 1
                self._note(error)
                await asyncio.sleep(self._pauses[min(self.failures_in_a_row, len(self._pauses)) - 1])
            else:
                self.failures_in_a_row = 0

    def _note(self, error: BaseException) -> None:
        with suppress(Exception):  # a log that cannot be written must not end the task
            if isinstance(error, DatabaseUnavailable):
                _log.warning("task_waits_for_database", task=self.name, private=error.private)
            else:
                _log.error("task_failed", task=self.name, exc_info=error)


def _is_cancelled() -> bool:
    """Whether this task itself was cancelled; a CancelledError may also come from something that the step awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

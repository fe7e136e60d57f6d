"""Runs the jobs beside the requests of a worker; a job that fails is logged and tried again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.jobs import cleanup, key_rotation, outbox, pressure, session_cache, session_touches
from vestibule.observability.logs import get_logger
from vestibule.services import Services

_JOBS = {
    "cleanup": cleanup,
    "key_rotation": key_rotation,
    "pressure": pressure,
    "session_cache": session_cache,
    "session_touches": session_touches,
}
_log = get_logger("jobs")


class Jobs:
    """All jobs of this worker; leases in the database keep workers from doing the same thing twice."""

    def __init__(self, services: Services, mail_waiting: asyncio.Event) -> None:
        self._services = services
        self._mail_waiting = mail_waiting
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start every job."""
        steps = {"outbox": self._outbox} | {name: partial(module.run, self._services) for name, module in _JOBS.items()}
        self._tasks = [asyncio.create_task(self._forever(name, step)) for name, step in steps.items()]

    async def stop(self) -> None:
        """Stop every job; what it had begun stays leased and is taken up again."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _outbox(self) -> None:
        await outbox.run(self._services, self._mail_waiting)

    async def _forever(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except DatabaseUnavailable as error:
                _log.warning("job_waits_for_database", job=name, private=error.private)
                await asyncio.sleep(2)
            except Exception as error:  # noqa: BLE001 - a job must outlive its worst day
                _log.error("job_failed", job=name, exc_info=error)
                await asyncio.sleep(5)

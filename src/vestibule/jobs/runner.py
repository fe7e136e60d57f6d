"""Runs the jobs beside the requests of a worker; a job that fails is logged and tried again."""

import asyncio
from functools import partial

from vestibule.jobs import cleanup, key_rotation, outbox, pressure, session_cache, session_touches
from vestibule.services import Services
from vestibule.tasks import SupervisedTask

_JOBS = {
    "cleanup": cleanup,
    "key_rotation": key_rotation,
    "pressure": pressure,
    "session_cache": session_cache,
    "session_touches": session_touches,
}


class Jobs:
    """All jobs of this worker; leases in the database keep workers from doing the same thing twice."""

    def __init__(self, services: Services, mail_waiting: asyncio.Event) -> None:
        steps = {name: partial(module.run, services) for name, module in _JOBS.items()}
        steps["outbox"] = partial(outbox.run, services, mail_waiting)
        self.tasks = [SupervisedTask(name, step) for name, step in steps.items()]

    def start(self) -> None:
        """Start every job."""
        for task in self.tasks:
            task.start()

    async def stop(self) -> None:
        """Stop every job; what it had begun stays leased and is taken up again."""
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            await task.stop()

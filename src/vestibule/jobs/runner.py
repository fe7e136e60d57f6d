"""Runs the background jobs of a worker beside its requests; a job that fails is logged and tried again."""

import asyncio
from functools import partial

from vestibule.jobs import attack_detection, cleanup, key_rotation, outbox, session_cache, session_touches
from vestibule.services import Services
from vestibule.tasks import SupervisedTask

_JOBS = {
    "cleanup": cleanup,
    "key_rotation": key_rotation,
    "attack_detection": attack_detection,
    "session_cache": session_cache,
    "session_touches": session_touches,
}


class Jobs:
    """All background jobs of this worker; leases in the database keep workers from doing the same work twice."""

    def __init__(self, services: Services, mail_waiting: asyncio.Event) -> None:
        steps = {name: partial(module.run, services) for name, module in _JOBS.items()}
        steps["outbox"] = partial(outbox.run, services, mail_waiting)
        self.tasks = [SupervisedTask(name, step) for name, step in steps.items()]

    def start(self) -> None:
        """Start every job; returns at once."""
        for task in self.tasks:
            task.start()

    async def stop(self) -> None:
        """Stop every job and wait for the end. Unfinished work stays leased until another worker takes it over."""
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            await task.stop()

"""Background jobs: work that no request asks for, done by every worker beside its requests.

A job that fails is logged and tried again. Leases in the database keep workers from doing the same work twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from vestibule.domain.instant import HOUR, MINUTE, SECOND, Duration
from vestibule.observability.logs import get_logger
from vestibule.services import Services
from vestibule.tasks import SupervisedTask

CLEANUP_EVERY: Duration = 10 * MINUTE
KEY_ROTATION_EVERY: Duration = HOUR
_OUTBOX_POLL: Duration = SECOND


async def remove_expired(services: Services) -> None:
    """Remove expired rows, once in CLEANUP_EVERY among all workers."""
    if await services.records.leases.acquire("cleanup", CLEANUP_EVERY):
        removed = {name: count for name, count in (await services.operations.cleanup.sweep()).items() if count}
        if removed:
            get_logger("cleanup").info("cleaned_up", removed=removed)


async def rotate_key(services: Services) -> None:
    """Replace a signing key that is due for rotation; checked once in KEY_ROTATION_EVERY among all workers."""
    lease = await services.records.leases.acquire("key-rotation", KEY_ROTATION_EVERY)
    if lease and await services.tokens.signing_keys.rotate_if_due():
        get_logger("key_rotation").info("signing_key_rotated")


async def share_counts(services: Services) -> None:
    """Add this worker's counts of sign-ins to the shared ones, and read those."""
    await services.abuse.attack_detection.flush()


async def follow_revocations(services: Services) -> None:
    """Follow revocations for as long as the database answers: without it this worker must not trust its session cache.

    Raises DatabaseUnavailable.
    """
    await services.access.session_check.coherence.follow()


async def write_touches(services: Services) -> None:
    """Write when the sessions that were used at this worker were last seen."""
    await services.sessions.session_touches.flush()


async def send_mail(services: Services, mail_waiting: asyncio.Event) -> None:
    """Send what is due in the outbox: at once what this worker queued, within a second what other workers queued."""
    pause = await services.records.outbox.pause(_OUTBOX_POLL)
    with suppress(TimeoutError):
        async with asyncio.timeout(pause / SECOND):
            await mail_waiting.wait()
    mail_waiting.clear()
    await services.records.outbox.send_due()


_STEPS: dict[str, Callable[[Services], Awaitable[None]]] = {
    "cleanup": remove_expired,
    "key_rotation": rotate_key,
    "attack_detection": share_counts,
    "session_cache": follow_revocations,
    "session_touches": write_touches,
}
# Seconds before each step; a job that waits by itself has none.
PAUSES = {"cleanup": 60.0, "key_rotation": 300.0, "attack_detection": 2.0, "session_touches": 1.0}


async def _after_pause(name: str, step: Callable[[], Awaitable[None]]) -> None:
    if name in PAUSES:
        await asyncio.sleep(PAUSES[name])
    await step()


class Jobs:
    """All background jobs of this worker. `mail_waiting`: set when this worker queued an email."""

    def __init__(self, services: Services, mail_waiting: asyncio.Event) -> None:
        steps: dict[str, Callable[[], Awaitable[None]]] = {name: partial(do, services) for name, do in _STEPS.items()}
        steps["outbox"] = partial(send_mail, services, mail_waiting)
        self.tasks = [SupervisedTask(name, partial(_after_pause, name, step)) for name, step in steps.items()]

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

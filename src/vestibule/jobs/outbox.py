"""Sends waiting mail: when it is due, at once when this worker queued some, and every second what others left."""

import asyncio
from contextlib import suppress

from vestibule.domain.instant import SECOND, Duration
from vestibule.services import Services

POLL: Duration = SECOND


async def run(services: Services, mail_waiting: asyncio.Event) -> None:
    """One round."""
    pause = await services.outbox.pause(POLL)
    with suppress(TimeoutError):
        async with asyncio.timeout(pause / SECOND):
            await mail_waiting.wait()
    mail_waiting.clear()
    await services.outbox.send_due()

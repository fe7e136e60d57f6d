"""Sends waiting mail: at once when this worker queued some, and every second for what others left."""

import asyncio
from contextlib import suppress

from vestibule.services import Services

POLL_SECONDS = 1.0


async def run(services: Services, mail_waiting: asyncio.Event) -> None:
    """One round."""
    with suppress(TimeoutError):
        async with asyncio.timeout(POLL_SECONDS):
            await mail_waiting.wait()
    mail_waiting.clear()
    await services.outbox.send_due()

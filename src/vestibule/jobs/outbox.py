"""Background job: sends what is due in the outbox, at once what this worker queued, within a second what others did."""

import asyncio
from contextlib import suppress

from vestibule.domain.instant import SECOND, Duration
from vestibule.services import Services

POLL: Duration = SECOND


async def run(services: Services, mail_waiting: asyncio.Event) -> None:
    """Wait until an item is due, `mail_waiting` is set or POLL is over; then send everything that is due."""
    pause = await services.records.outbox.pause(POLL)
    with suppress(TimeoutError):
        async with asyncio.timeout(pause / SECOND):
            await mail_waiting.wait()
    mail_waiting.clear()
    await services.records.outbox.send_due()

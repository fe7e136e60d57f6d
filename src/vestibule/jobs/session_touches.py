"""Background job: every second, writes when the sessions used at this worker were last seen."""

import asyncio

from vestibule.services import Services

PAUSE_SECONDS = 1.0


async def run(services: Services) -> None:
    """Wait PAUSE_SECONDS, then write the collected times once."""
    await asyncio.sleep(PAUSE_SECONDS)
    await services.sessions.session_touches.flush()

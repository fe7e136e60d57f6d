"""Writes when sessions were last seen, every second."""

import asyncio

from vestibule.services import Services

PAUSE_SECONDS = 1.0


async def run(services: Services) -> None:
    """One round."""
    await asyncio.sleep(PAUSE_SECONDS)
    await services.session_touches.flush()

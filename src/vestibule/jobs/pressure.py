"""Adds up how sign-ins go, every two seconds."""

import asyncio

from vestibule.services import Services

PAUSE_SECONDS = 2.0


async def run(services: Services) -> None:
    """One round."""
    await asyncio.sleep(PAUSE_SECONDS)
    await services.pressure.beat()

"""Background job: every two seconds, adds this worker's counts of sign-ins to the shared ones and reads those."""

import asyncio

from vestibule.services import Services

PAUSE_SECONDS = 2.0


async def run(services: Services) -> None:
    """Wait PAUSE_SECONDS, then flush the counts once."""
    await asyncio.sleep(PAUSE_SECONDS)
    await services.abuse.attack_detection.flush()

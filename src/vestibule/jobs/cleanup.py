"""Removes rows whose time is over, once every ten minutes among all workers."""

import asyncio

from vestibule.domain.instant import MINUTE
from vestibule.observability.logs import get_logger
from vestibule.services import Services

PAUSE_SECONDS = 60.0
_EVERY = 10 * MINUTE
_log = get_logger("cleanup")


async def run(services: Services) -> None:
    """One round."""
    await asyncio.sleep(PAUSE_SECONDS)
    if await services.leases.acquire("cleanup", _EVERY):
        removed = {name: count for name, count in (await services.cleanup.sweep()).items() if count}
        if removed:
            _log.info("cleaned_up", removed=removed)

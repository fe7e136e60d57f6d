"""Background job: removes expired rows, once every ten minutes among all workers (by a lease)."""

import asyncio

from vestibule.domain.instant import MINUTE
from vestibule.observability.logs import get_logger
from vestibule.services import Services

PAUSE_SECONDS = 60.0
_EVERY = 10 * MINUTE
_log = get_logger("cleanup")


async def run(services: Services) -> None:
    """Wait PAUSE_SECONDS, then sweep if this worker gets the lease."""
    await asyncio.sleep(PAUSE_SECONDS)
    if await services.records.leases.acquire("cleanup", _EVERY):
        removed = {name: count for name, count in (await services.operations.cleanup.sweep()).items() if count}
        if removed:
            _log.info("cleaned_up", removed=removed)

"""Background job: replaces a signing key that is due for rotation; checked once an hour among all workers."""

import asyncio

from vestibule.domain.instant import HOUR
from vestibule.observability.logs import get_logger
from vestibule.services import Services

PAUSE_SECONDS = 300.0
_EVERY = HOUR
_log = get_logger("key_rotation")


async def run(services: Services) -> None:
    """Wait PAUSE_SECONDS, then rotate if this worker gets the lease and a key is due."""
    await asyncio.sleep(PAUSE_SECONDS)
    if (
        await services.records.leases.acquire("key-rotation", _EVERY)
        and await services.tokens.signing_keys.rotate_if_due()
    ):
        _log.info("signing_key_rotated")

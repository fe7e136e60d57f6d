"""Background job: follows revocations, without which this worker must not trust its session cache."""

from vestibule.services import Services


async def run(services: Services) -> None:
    """Follow revocations for as long as the database answers. Raises DatabaseUnavailable."""
    await services.access.session_check.coherence.follow()

"""Follows revocations, so that this worker may believe what it remembers about sessions."""

from vestibule.services import Services


async def run(services: Services) -> None:
    """For as long as the database answers."""
    await services.session_check.coherence.follow()

"""The few interfaces that have two real implementations."""

from typing import Protocol

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.mail import Mail


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Instant:
        """Microseconds since 1970 UTC."""
        ...

    def monotonic(self) -> Duration:
        """Microseconds since some moment in the past; never goes back, whatever happens to the wall clock."""
        ...


class Entropy(Protocol):
    """Gives unguessable values."""

    def token_bytes(self, count: int) -> bytes:
        """`count` random bytes from the operating system."""
        ...


class MailRefused(Exception):
    """The provider will never take this mail: no use in trying again."""


class MailSender(Protocol):
    """Hands one mail to the outside world.

    Raises MailRefused when trying again is useless; any other exception means "later".
    """

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Deliver once. The key is the same for every try of the same mail."""
        ...

    async def close(self) -> None:
        """Let go of held connections."""
        ...

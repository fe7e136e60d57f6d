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


class BreachedPasswords(Protocol):
    """Lists of passwords that were stolen somewhere."""

    async def contains(self, password: str) -> bool:
        """Whether the password stands in one. Raises PasswordCheckUnavailable."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class MailDomains(Protocol):
    """What is known about the domain of an address."""

    async def refuses(self, domain: str) -> str | None:
        """Why no mail should go there: `disposable` or `no_mail`; None when nothing speaks against it."""
        ...


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

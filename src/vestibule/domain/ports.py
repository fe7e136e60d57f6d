"""Ports: interfaces of the domain that have more than one implementation."""

from typing import Protocol

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.mail import Mail


class Clock(Protocol):
    """A source of time."""

    def now(self) -> Instant:
        """Return the wall-clock time in microseconds since 1970 UTC."""
        ...

    def monotonic(self) -> Duration:
        """Return microseconds since a fixed moment in the past; never goes back, even when the wall clock is set."""
        ...


class Entropy(Protocol):
    """A source of unguessable values."""

    def token_bytes(self, count: int) -> bytes:
        """Return `count` random bytes from a cryptographically secure generator."""
        ...


class MailRefused(Exception):
    """The provider permanently refused this email: trying again is useless."""


class BreachedPasswords(Protocol):
    """A list of passwords that are known from data breaches."""

    async def contains(self, password: str) -> bool:
        """Whether the password is in the list. Raises PasswordCheckUnavailable."""
        ...

    async def close(self) -> None:
        """Close files and connections."""
        ...


class MailDomains(Protocol):
    """Checks of the domain of an email address."""

    async def refuses(self, domain: str) -> str | None:
        """Return why no email should be sent to the domain: `disposable` or `no_mail`; None when it is acceptable."""
        ...


class MailSender(Protocol):
    """A transport for emails."""

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Send an email. `idempotency_key` is the same for every try, so that the provider delivers it once.

        Raises MailRefused when trying again is useless; any other exception means that it should be tried again later.
        """
        ...

    async def close(self) -> None:
        """Close open connections."""
        ...

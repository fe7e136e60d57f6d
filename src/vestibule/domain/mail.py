"""A mail, and where it stands on its way out."""

from dataclasses import dataclass

from vestibule.domain.instant import Instant


@dataclass(frozen=True, slots=True, repr=False)
class Alarm:
    """The link in an alert by which its reader says "this was not me": whose account, which address, its hash."""

    user_id: str
    address: str
    code_hash: str


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A composed mail. It may hold a secret, so its repr shows none of the body."""

    to: str
    subject: str
    text: str
    html: str
    template: str
    alarm: Alarm | None = None
    # The user whose earlier addresses hear of it too, while one of them may still take the account back.
    copies_for: str = ""

    def __repr__(self) -> str:
        return f"Mail({self.template})"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One row of `outbox`: the sealed mail, and how its sending goes. Times in microseconds since 1970 UTC."""

    id: str
    template: str
    payload_sealed: str | None
    attempts: int
    created_at: Instant
    next_try_at: Instant


@dataclass(frozen=True, slots=True)
class OutboxState:
    """The queue at a glance: how many wait, how many were given up, and since when the oldest waits."""

    pending: int
    dead: int
    oldest_pending_at: Instant | None


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail in the development mailbox."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    sent_at: Instant

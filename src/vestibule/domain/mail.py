"""Emails, and the rows of the outbox that hold them until they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from enum import StrEnum

from vestibule.domain.instant import Duration, Instant


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox (RFC 5322 section 3.4): a display name, empty for none, and an address in ASCII."""

    name: str
    address: str

    def __str__(self) -> str:
        return str(Address(self.name, addr_spec=self.address)) if self.address else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPolicy:
    """How long one try to send an email or run a job may take as a whole (`limit`), and how long a worker has the row
    of the outbox for itself (`lease`), both in microseconds. The lease is the longer one, or a second worker would send
    the same email while the first is still at it.
    """

    limit: Duration
    lease: Duration


@dataclass(frozen=True, slots=True, repr=False)
class Alarm:
    """The "this was not me" link in an alert: the user, the address that it is sent to, and the hash of its code."""

    user_id: str
    address: str
    code_hash: str


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A composed email. It may contain a secret, so its repr shows only the template's name.

    `user_id`: the account that it is about. `flow_id`: the code or link in it (empty: none). `expires_at`: until when
    it makes sense (microseconds since 1970 UTC; None: always). `is_alert`: it reports an event, so it is sent however
    late, with `without_link` as its text and HTML once the link in it is dead. Every other email answers a request, and
    makes no sense once its code or the account is gone.
    """

    to: str
    subject: str
    text: str
    html: str
    template: str
    alarm: Alarm | None = None
    # The user whose earlier addresses get a copy, while one of them may still take the account back.
    copies_for: str = ""
    user_id: str = ""
    flow_id: str = ""
    expires_at: Instant | None = None
    is_alert: bool = False
    without_link: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"Mail({self.template})"


class OutboxKind(StrEnum):
    """What a row of `outbox` holds."""

    EMAIL = "email"
    DEFERRED_JOB = "deferred_job"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One row of `outbox`: a sealed email or deferred job, and how often it was tried.

    `name`: the email's template, or the job. Times are microseconds since 1970 UTC. `expires_at`: until when it makes
    sense (None: always). `user_id`, `flow_id`: the account that an email is about and the code in it (None: none).
    """

    id: str
    kind: OutboxKind
    name: str
    payload_sealed: str | None
    attempts: int
    created_at: Instant
    next_try_at: Instant
    expires_at: Instant | None
    user_id: str | None
    flow_id: str | None


@dataclass(frozen=True, slots=True)
class OutboxState:
    """Summary of the outbox: how many rows wait, how many were given up, how many were dropped because they made no
    sense any more, and when the oldest waiting row was queued (microseconds since 1970 UTC).
    """

    pending: int
    dead: int
    dropped: int
    oldest_pending_at: Instant | None


@dataclass(frozen=True, slots=True)
class SentMail:
    """An email in the development mailbox. `sent_at` is microseconds since 1970 UTC."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    sent_at: Instant

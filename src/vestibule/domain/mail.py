"""Emails, and the rows of the outbox that hold them until they are sent."""

from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Instant


@dataclass(frozen=True, slots=True, repr=False)
class Alarm:
    """The "this was not me" link in an alert: the user, the address that it is sent to, and the hash of its code."""

    user_id: str
    address: str
    code_hash: str


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A composed email. It may contain a secret, so its repr shows only the template's name."""

    to: str
    subject: str
    text: str
    html: str
    template: str
    alarm: Alarm | None = None
    # The user whose earlier addresses get a copy, while one of them may still take the account back.
    copies_for: str = ""

    def __repr__(self) -> str:
        return f"Mail({self.template})"


class OutboxKind(StrEnum):
    """What a row of `outbox` holds."""

    EMAIL = "email"
    DEFERRED_JOB = "deferred_job"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One row of `outbox`: a sealed email or deferred job, and how often it was tried.

    `name`: the email's template, or the job. Times are microseconds since 1970 UTC.
    """

    id: str
    kind: OutboxKind
    name: str
    payload_sealed: str | None
    attempts: int
    created_at: Instant
    next_try_at: Instant


@dataclass(frozen=True, slots=True)
class OutboxState:
    """Summary of the outbox: how many rows wait, how many were given up, and when the oldest waiting row was queued
    (microseconds since 1970 UTC).
    """

    pending: int
    dead: int
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

"""A completed sign-in: a new session, and everything that is written with it."""

from dataclasses import dataclass

from vestibule.domain.audit import AuditEvent
from vestibule.domain.instant import Instant
from vestibule.domain.session import Session


@dataclass(frozen=True, slots=True, repr=False)
class SignIn:
    """A new session and what is written with it in one transaction. Times are microseconds since 1970 UTC.

    `password_changed_at`, `second_factor_at` and `not_before` are the user's values at the time of the proof (0:
    never).
    `refresh_hash` is empty for a cookie session. `failure_keys` name the failure counters that this success clears.
    """

    session: Session
    password_changed_at: Instant
    second_factor_at: Instant
    not_before: Instant
    refresh_hash: str
    refresh_expires_at: Instant
    failure_keys: tuple[str, ...]
    event: AuditEvent

    def __repr__(self) -> str:
        return f"SignIn({self.session.id})"

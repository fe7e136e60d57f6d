"""A sign-in on its way into the database."""

from dataclasses import dataclass

from vestibule.domain.audit import AuditEvent
from vestibule.domain.instant import Instant
from vestibule.domain.session import Session


@dataclass(frozen=True, slots=True, repr=False)
class SignIn:
    """A session and what is written with it.

    `password_changed_at` and `second_factor_at` are what they were when the user was proved (0: never).
    `refresh_hash` is empty at the browser door. `failure_keys` name the failures that this success forgets.
    """

    session: Session
    password_changed_at: Instant
    second_factor_at: Instant
    refresh_hash: str
    refresh_expires_at: Instant
    failure_keys: tuple[str, ...]
    event: AuditEvent

    def __repr__(self) -> str:
        return f"SignIn({self.session.id})"

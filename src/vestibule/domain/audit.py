"""What is worth remembering, and who may read it about themselves."""

from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Instant


class Action(StrEnum):
    """The actions of the audit log: `<area>.<what happened>`."""

    REGISTERED = "user.registered"
    UPDATED = "user.updated"
    DISABLED = "user.disabled"
    ENABLED = "user.enabled"
    DELETED = "user.deleted"
    EMAIL_VERIFIED = "email.verified"
    EMAIL_CHANGE_REQUESTED = "email.change_requested"
    EMAIL_CHANGED = "email.changed"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGIN_LIMITED = "login.limited"
    LOGOUT = "session.logout"
    SESSION_ENDED = "session.ended"
    TOKEN_REFRESHED = "token.refreshed"
    REFRESH_REUSED = "token.refresh_reused"
    PASSWORD_CHANGED = "password.changed"
    PASSWORD_RESET_REQUESTED = "password.reset_requested"
    PASSWORD_RESET = "password.reset"
    PASSWORD_CHECK_FAILED = "password.check_failed"
    CODE_FAILED = "code.failed"
    ROLE_GRANTED = "role.granted"
    ROLE_REVOKED = "role.revoked"
    KEY_ROTATED = "key.rotated"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One row of `audit_events`, append-only. `occurred_at` is microseconds since 1970 UTC."""

    id: str
    occurred_at: Instant
    action: str
    actor_id: str | None
    subject_id: str | None
    session_id: str | None
    address: str
    user_agent: str
    device_label: str
    request_id: str
    detail: str

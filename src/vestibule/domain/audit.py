"""The audit log: its actions, and one event."""

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
    TOKEN_REVOKED = "token.revoked"
    PASSWORD_CHANGED = "password.changed"
    PASSWORD_RESET_REQUESTED = "password.reset_requested"
    PASSWORD_RESET = "password.reset"
    PASSWORD_CHECK_FAILED = "password.check_failed"
    CODE_FAILED = "code.failed"
    PASSWORD_REMOVED = "password.removed"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_RENAMED = "passkey.renamed"
    PASSKEY_REMOVED = "passkey.removed"
    PASSKEY_CLONED = "passkey.clone_suspected"
    TOTP_ADDED = "totp.added"
    TOTP_REMOVED = "totp.removed"
    RECOVERY_CODES_MADE = "recovery_codes.made"
    RECOVERY_CODE_USED = "recovery_code.used"
    SECOND_FACTOR_ON = "second_factor.on"
    SECOND_FACTOR_OFF = "second_factor.off"
    FACTORS_RESET = "factors.reset"
    DEVICE_TRUSTED = "device.trusted"
    DEVICE_FORGOTTEN = "device.forgotten"
    RECOVERY_STARTED = "recovery.started"
    RECOVERY_CANCELLED = "recovery.cancelled"
    RECOVERY_COMPLETED = "recovery.completed"
    STEPPED_UP = "session.stepped_up"
    LOCKED_DOWN = "account.locked_down"
    GUESSING = "account.guessing"
    FACTOR_GUESSING = "account.factor_guessing"
    RESTORED = "user.restored"
    EMAIL_RESTORED = "email.restored"
    EXPORTED = "account.exported"
    ROLE_GRANTED = "role.granted"
    ROLE_REVOKED = "role.revoked"
    API_CREATED = "api.created"
    API_DELETED = "api.deleted"
    CLIENT_CREATED = "client.created"
    CLIENT_UPDATED = "client.updated"
    CLIENT_ROTATED = "client.rotated"
    CLIENT_DELETED = "client.deleted"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    KEY_ROTATED = "key.rotated"
    SECRETS_ROTATED = "secrets.rotated"
    BACKUP_RESTORED = "backup.restored"
    ATTACK_BEGUN = "attack.begun"
    ATTACK_OVER = "attack.over"


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

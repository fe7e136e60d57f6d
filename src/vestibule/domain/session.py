"""A session: one sign-in on one device, through one door."""

from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Duration, Instant


class Door(StrEnum):
    """The way in: it decides which credential a sign-in answers with."""

    BROWSER = "browser"
    TOKEN = "token"


class EndReason(StrEnum):
    """Why a session ended, as stored in `sessions.revoke_reason`."""

    LOGOUT = "logout"
    ENDED_BY_USER = "ended_by_user"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    REFRESH_REUSE = "refresh_reuse"
    REPLACED = "replaced"
    LOCKED_DOWN = "locked_down"
    EMAIL_CLAIMED = "email_claimed"
    FACTORS_CHANGED = "factors_changed"
    BACKUP_RESTORED = "backup_restored"
    USER_DISABLED = "user_disabled"
    USER_DELETED = "user_deleted"


@dataclass(frozen=True, slots=True)
class Session:
    """One row of `sessions`. Times are microseconds since 1970 UTC."""

    id: str
    user_id: str
    kind: Door
    token_hash: str | None
    amr: tuple[str, ...]
    aal: int
    authenticated_at: Instant
    created_at: Instant
    last_seen_at: Instant
    idle_expires_at: Instant
    absolute_expires_at: Instant
    revoked_at: Instant | None
    revoke_reason: EndReason | None
    address: str
    user_agent: str
    device_label: str
    client_id: str
    status_index: int | None

    @property
    def expires_at(self) -> Instant:
        """When it ends if nobody touches it any more."""
        return min(self.idle_expires_at, self.absolute_expires_at)


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long sessions live, in microseconds."""

    idle: Duration
    absolute: Duration
    touch_every: Duration

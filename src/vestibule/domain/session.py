"""A session: one sign-in on one device."""

from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Duration, Instant


class SessionType(StrEnum):
    """The session type, by its credential: a cookie, or access and refresh tokens."""

    COOKIE = "cookie"
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
    type: SessionType
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
        """When the session ends unless it is used again, in microseconds since 1970 UTC."""
        return min(self.idle_expires_at, self.absolute_expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """Lifetimes of sessions in microseconds; `touch_every`: the shortest time between two writes of the last use."""

    idle: Duration
    absolute: Duration
    touch_every: Duration

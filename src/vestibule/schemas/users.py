"""The safe view of a user: nothing secret is in it because nothing secret is copied."""

from collections.abc import Sequence

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.user import User
from vestibule.schemas.base import Output, Timestamp, maybe_timestamp, timestamp


class SafeUser(Output):
    """A user as the user may see it."""

    id: str
    username: str
    email: str
    email_verified: bool
    name: str | None
    locale: str | None
    time_zone: str | None
    roles: list[str]
    created_at: Timestamp
    last_login_at: Timestamp | None


def safe_user(user: User, roles: Sequence[str] = ()) -> SafeUser:
    """Copies the members that may be seen, one by one."""
    return _safe(user.id, user, roles)


def checked_user(session: ActiveSession) -> SafeUser:
    """The same, from what a session check found."""
    return _safe(session.user_id, session, session.roles)


def _safe(user_id: str, known: User | ActiveSession, roles: Sequence[str]) -> SafeUser:
    return SafeUser(
        id=user_id,
        username=known.username,
        email=known.email,
        email_verified=known.email_verified_at is not None,
        name=known.name,
        locale=known.locale,
        time_zone=known.time_zone,
        roles=list(roles),
        created_at=timestamp(known.created_at),
        last_login_at=maybe_timestamp(known.last_login_at),
    )

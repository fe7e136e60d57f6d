"""The public view of a user: it holds nothing secret because nothing secret is copied."""

from collections.abc import Sequence

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.user import User
from vestibule.schemas.base import Output, Timestamp, maybe_timestamp, timestamp


class SafeUser(Output):
    """A user's account data, without secrets. `emailVerified`: the address is confirmed."""

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
    """Return the view of a user: the members that may be seen are copied one by one."""
    return _safe(user.id, user, roles)


def checked_user(session: ActiveSession) -> SafeUser:
    """Return the view of the user that a session check found."""
    return _safe(session.user_id, session, session.roles)


def _safe(user_id: str, user: User | ActiveSession, roles: Sequence[str]) -> SafeUser:
    return SafeUser(
        id=user_id,
        username=user.username,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        name=user.name,
        locale=user.locale,
        time_zone=user.time_zone,
        roles=list(roles),
        created_at=timestamp(user.created_at),
        last_login_at=maybe_timestamp(user.last_login_at),
    )

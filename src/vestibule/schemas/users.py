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
    return SafeUser(
        id=user.id,
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


def checked_user(session: ActiveSession) -> SafeUser:
    """The same, from what a session check found."""
    return SafeUser(
        id=session.user_id,
        username=session.username,
        email=session.email,
        email_verified=session.email_verified_at is not None,
        name=session.name,
        locale=session.locale,
        time_zone=session.time_zone,
        roles=list(session.roles),
        created_at=timestamp(session.created_at),
        last_login_at=maybe_timestamp(session.last_login_at),
    )

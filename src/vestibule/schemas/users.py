"""The public view of a user. Members are copied one by one, so that a new secret of a user never gets in by itself."""

from collections.abc import Sequence

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.profile_fields import ProfileFields, Value
from vestibule.domain.user import User
from vestibule.schemas.base import Output, Timestamp, maybe_timestamp, timestamp


class SafeUser(Output):
    """A user's account data, without secrets. `emailVerified`: the address is confirmed. `name`: the name that others
    see; first and last name if none was chosen. `profile`: the values of the declared profile fields.
    """

    id: str
    username: str
    email: str
    email_verified: bool
    name: str | None
    first_name: str | None
    last_name: str | None
    locale: str | None
    time_zone: str | None
    profile: dict[str, Value]
    roles: list[str]
    created_at: Timestamp
    last_login_at: Timestamp | None


def safe_user(user: User, fields: ProfileFields, roles: Sequence[str] = ()) -> SafeUser:
    """Return the public view of a user. `fields`: the declared profile fields; `roles`: names of roles."""
    return _safe(user.id, user, fields, roles)


def checked_user(session: ActiveSession, fields: ProfileFields) -> SafeUser:
    """Return the public view of a checked session's user. `fields`: the declared profile fields."""
    return _safe(session.user_id, session, fields, session.roles)


def _safe(user_id: str, user: User | ActiveSession, fields: ProfileFields, roles: Sequence[str]) -> SafeUser:
    return SafeUser(
        id=user_id,
        username=user.username,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        name=user.display_name,
        first_name=user.first_name,
        last_name=user.last_name,
        locale=user.locale,
        time_zone=user.time_zone,
        profile=fields.shown(user.profile),
        roles=list(roles),
        created_at=timestamp(user.created_at),
        last_login_at=maybe_timestamp(user.last_login_at),
    )

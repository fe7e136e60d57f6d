"""Schemas of the caller's sessions."""

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.profile_fields import ProfileFields
from vestibule.domain.session import Session
from vestibule.schemas.base import Input, Output, Timestamp, timestamp
from vestibule.schemas.login import CurrentSession
from vestibule.schemas.users import checked_user


class SessionView(Output):
    """A session. `current`: the one of this request."""

    id: str
    current: bool
    session_type: str
    device: str
    ip: str
    created_at: Timestamp
    last_seen_at: Timestamp
    expires_at: Timestamp


class SessionList(Output):
    """The caller's live sessions, last seen first."""

    sessions: list[SessionView]


class EndSessionsQuery(Input):
    """Which sessions to end: all others, and with `all=true` the session of this request, too."""

    all: bool = False


class SessionsEnded(Output):
    """Sessions were ended; `ended` is their number."""

    message: str
    ended: int
    success: bool = True


def session_view(session: Session, current_id: str) -> SessionView:
    """Return a session as its owner may see it."""
    return SessionView(
        id=session.id,
        current=session.id == current_id,
        session_type=session.type.value,
        device=session.device_label,
        ip=session.address,
        created_at=timestamp(session.created_at),
        last_seen_at=timestamp(session.last_seen_at),
        expires_at=timestamp(session.expires_at),
    )


def checked_session(session: ActiveSession, fields: ProfileFields) -> CurrentSession:
    """Return the public view of a checked session and its user. `fields`: the declared profile fields."""
    user, expires = checked_user(session, fields), timestamp(session.expires_at)
    return CurrentSession(user=user, session_id=session.id, expires_at=expires, aal=session.aal)

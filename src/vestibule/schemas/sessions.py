"""Sessions and devices."""

from vestibule.domain.session import Session
from vestibule.schemas.base import Input, Output, Timestamp, timestamp


class SessionView(Output):
    """One sign-in."""

    id: str
    current: bool
    door: str
    device: str
    ip: str
    created_at: Timestamp
    last_seen_at: Timestamp
    expires_at: Timestamp


class SessionList(Output):
    """The live sessions, last seen first."""

    sessions: list[SessionView]


class EndSessionsQuery(Input):
    """`all=true` ends this session too."""

    all: bool = False


class SessionsEnded(Output):
    """How many sessions ended."""

    message: str
    ended: int
    success: bool = True


def session_view(session: Session, current_id: str) -> SessionView:
    """A session as its owner sees it."""
    return SessionView(
        id=session.id,
        current=session.id == current_id,
        door=session.kind.value,
        device=session.device_label,
        ip=session.address,
        created_at=timestamp(session.created_at),
        last_seen_at=timestamp(session.last_seen_at),
        expires_at=timestamp(session.expires_at),
    )

"""Controllers of the caller's sessions. A session is addressed by its id and its device id, which both belong to it."""

from typing import Any

from vestibule.compatibility.auth_service.envelope import enveloped
from vestibule.compatibility.auth_service.schemas import (
    AccessTokenRequest,
    DeviceType,
    EndedSession,
    LogOutRequest,
    RefreshedTokens,
    SessionEntry,
    SessionsQuery,
)
from vestibule.domain.errors import Denied, FieldError, InvalidRefreshToken, NotFound, ValidationFailed
from vestibule.domain.session import EndReason, Session
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.schemas.base import timestamp
from vestibule.services.records.devices import device_parts

_NO_SESSION = FieldError("unknown_session", "No session found")
# Set by Auth Service itself, and read by nothing: browsers keep them until they are dropped.
_THEIR_COOKIES = ("accessToken", "refreshToken", "deviceId")


async def list_sessions(call: Call[SessionsQuery]) -> Answer:
    """List the caller's live sessions, last seen first. Other users look as if they had none."""
    if call.body.user_id != call.session.user_id:
        raise NotFound("No user session found")
    found = await call.services.sessions.own_sessions.list(call.session.user_id)
    return enveloped([_entry(call, session) for session in found], "sessions fetched successfully")


async def log_out(call: Call[LogOutRequest]) -> Answer:
    """End one of the caller's sessions. It is refused everywhere from now on."""
    sessions, wanted = call.services.sessions, call.body.session_id
    reason = EndReason.LOGOUT if wanted == call.session.id else EndReason.ENDED_BY_USER
    if not sessions.sessions.is_device_id(wanted, call.body.device_id) or isinstance(
        await sessions.own_sessions.end(call.session.user_id, wanted, reason, call.device), Denied
    ):
        raise ValidationFailed(fields={"sessionId": _NO_SESSION})
    return enveloped(EndedSession(id=wanted), "Session deleted successfully", cookies=_dropped(call))


async def log_out_everywhere(call: Call[None]) -> Answer:
    """End all of the caller's sessions, this one too."""
    sessions = call.services.sessions.own_sessions
    ended = [EndedSession(id=session.id) for session in await sessions.list(call.session.user_id)]
    await sessions.end_all(call.principal, call.device, include_current=True)
    return enveloped(ended, "Log out from all devices sucessfull", cookies=_dropped(call))


async def refresh(call: Call[AccessTokenRequest]) -> Answer:
    """Exchange a refresh token for a new token pair. The old one is used up; using it again ends the session."""
    body, tokens = call.body, call.services.tokens.tokens
    fits = call.services.sessions.sessions.is_device_id(body.session_id, body.device_id)
    if not fits or not await tokens.belongs(body.refresh_token, body.session_id, body.user_id):
        raise InvalidRefreshToken(private="of another session, user or device id")
    pair = granted(await tokens.refresh(body.refresh_token, call.device))
    data = RefreshedTokens(access_token=pair.access_token, refresh_token=pair.refresh_token, expires_in=pair.expires_in)
    return enveloped(data, "Access token generated successfully")


def _dropped(call: Call[Any]) -> tuple[str, ...]:
    return tuple(call.cookies.drop(name) for name in _THEIR_COOKIES)


def _entry(call: Call[Any], session: Session) -> SessionEntry:
    parts = device_parts(session.user_agent)
    return SessionEntry(
        id=session.id,
        user_id=session.user_id,
        device_id=call.services.sessions.sessions.device_id(session.id),
        expires_at=timestamp(session.expires_at),
        created_at=timestamp(session.created_at),
        device_type=DeviceType(
            browser=parts.browser, os=parts.system, device=parts.device, vendor=parts.vendor, model=parts.model
        ),
    )

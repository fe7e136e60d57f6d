"""Controllers of the caller's sessions."""

from vestibule.domain.session import EndReason
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.http.signed_in import signed_out_cookies
from vestibule.schemas.base import Done
from vestibule.schemas.sessions import EndSessionsQuery, SessionList, SessionsEnded, session_view


async def list_sessions(call: Call[None]) -> Answer:
    """List the caller's live sessions, last seen first; `current` marks this one."""
    found = await call.services.sessions.own_sessions.list(call.session.user_id)
    return Answer(SessionList(sessions=[session_view(session, call.session.id) for session in found]))


async def end_session(call: Call[None]) -> Answer:
    """End one of the caller's sessions. Its cookie or tokens are refused from now on."""
    session_id = call.request.path_params["id"]
    sessions, user_id = call.services.sessions.own_sessions, call.session.user_id
    granted(await sessions.end(user_id, session_id, EndReason.ENDED_BY_USER, call.device))
    ends_here = session_id == call.session.id and call.cookie_session
    cookies = signed_out_cookies(call) if ends_here else ()
    return Answer(Done(message="The session has ended."), cookies=cookies)


async def end_sessions(call: Call[EndSessionsQuery]) -> Answer:
    """End all other sessions of the caller; with `?all=true` this one, too."""
    ended = await call.services.sessions.own_sessions.end_all(
        call.principal, call.device, include_current=call.body.all
    )
    ends_here = call.body.all and call.cookie_session
    cookies = signed_out_cookies(call) if ends_here else ()
    return Answer(SessionsEnded(message="The sessions have ended.", ended=ended), cookies=cookies)

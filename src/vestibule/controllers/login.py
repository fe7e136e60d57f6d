"""Signing in and out, at both doors."""

from vestibule.domain.errors import NotAuthenticated
from vestibule.domain.login import Method
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door, EndReason
from vestibule.http.call import Answer, Call
from vestibule.http.login_answers import at_once, bound, browser_login, token_login
from vestibule.http.signed_in import signed_out_cookies
from vestibule.schemas.base import Done, timestamp
from vestibule.schemas.login import CurrentSession, LoginRequest, TokenLoginRequest
from vestibule.schemas.tokens import LogoutRequest
from vestibule.schemas.users import safe_user
from vestibule.services.login import SignedIn
from vestibule.services.login.method import PasswordProof


async def sign_in_with_tokens(call: Call[TokenLoginRequest]) -> Answer:
    """Sign in through the token door: an access token and a refresh token."""
    return await token_login(call, await _submit_password(call, Door.TOKEN, delivery=call.body.token_delivery))


async def sign_in_with_cookie(call: Call[LoginRequest]) -> Answer:
    """Sign in through the browser door: an HttpOnly session cookie."""
    return await browser_login(call, await _submit_password(call, Door.BROWSER))


async def current_session(call: Call[None]) -> Answer:
    """Who is signed in here; `{"user": null}` when nobody is."""
    if not isinstance(call.caller, Principal):
        return Answer(CurrentSession(user=None))
    session = call.caller.session
    user = safe_user(call.caller.user, call.caller.roles)
    expires = timestamp(session.expires_at)
    body = CurrentSession(user=user, session_id=session.id, expires_at=expires, aal=session.aal)
    return Answer(body, cookies=_renewed(call, call.caller))


async def sign_out(call: Call[None]) -> Answer:
    """Sign out of the browser door. Nobody signed in is signed out already."""
    if isinstance(call.caller, Principal):
        await call.services.sessions.end(call.caller, call.caller.session.id, EndReason.LOGOUT, call.device)
    return _signed_out(call)


async def log_out(call: Call[LogoutRequest]) -> Answer:
    """Sign out of the token door: by access token, or by refresh token when the access token has expired."""
    refresh = (call.body and call.body.refresh_token) or call.presented.get(call.cookies.refresh_name)
    if isinstance(call.caller, Principal):
        await call.services.sessions.end(call.caller, call.caller.session.id, EndReason.LOGOUT, call.device)
    elif not refresh or not await call.services.tokens.end_family(refresh, call.device):
        raise NotAuthenticated
    return _signed_out(call)


def _signed_out(call: Call[LogoutRequest] | Call[None]) -> Answer:
    cookies = signed_out_cookies(call.cookies, call.services.csrf)
    return Answer(Done(message="success"), cookies=cookies, headers={"Clear-Site-Data": '"cache"'})


def _renewed(call: Call[None], principal: Principal) -> tuple[str, ...]:
    """The same cookie with its lifetime started anew, whenever the server has moved the idle expiry on too."""
    secret = call.presented.get(call.cookies.session_name)
    if principal.door is not Door.BROWSER or secret is None or not principal.touched:
        return ()
    return (call.cookies.session(secret),)


async def _submit_password(call: Call[LoginRequest] | Call[TokenLoginRequest], door: Door, **notes: str) -> SignedIn:
    """The attempt with one step."""
    body = call.body
    outcome = await call.services.login.sign_in(
        door, body.identifier(), Method.PASSWORD, PasswordProof(body.password), call.device, bound(call), **notes
    )
    return await at_once(call, outcome)

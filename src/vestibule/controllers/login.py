"""Signing in and out, at both doors."""

from vestibule.domain.errors import Denied, MfaRequired, NotAuthenticated
from vestibule.domain.instant import SECOND
from vestibule.domain.login import Method, NeedsStep
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door, EndReason
from vestibule.http.call import Answer, Call
from vestibule.http.signed_in import signed_in_cookies, signed_out_cookies
from vestibule.schemas.base import Done, timestamp
from vestibule.schemas.login import BrowserLogin, CurrentSession, LoginRequest, TokenLogin, TokenLoginRequest
from vestibule.schemas.tokens import LogoutRequest
from vestibule.schemas.users import safe_user
from vestibule.services.login import SignedIn
from vestibule.services.login.method import PasswordProof


async def sign_in_with_tokens(call: Call[TokenLoginRequest]) -> Answer:
    """Sign in through the token door: an access token and a refresh token."""
    done = await _submit_password(call, call.body, Door.TOKEN)
    tokens = done.tokens
    if tokens is None:
        raise NotAuthenticated
    in_cookie = call.body.delivers_by_cookie
    seconds = (tokens.refresh_expires_at - done.issued.session.created_at) // SECOND
    return Answer(
        TokenLogin(
            user=safe_user(done.user, done.roles),
            access_token=tokens.access_token,
            refresh_token=None if in_cookie else tokens.refresh_token,
            expires_in=tokens.expires_in,
        ),
        cookies=(call.cookies.refresh(tokens.refresh_token, seconds),) if in_cookie else (),
    )


async def sign_in_with_cookie(call: Call[LoginRequest]) -> Answer:
    """Sign in through the browser door: an HttpOnly session cookie."""
    done = await _submit_password(call, call.body, Door.BROWSER)
    if isinstance(call.caller, Principal):
        await call.services.sessions.replace(call.caller, call.device)
    cookies = signed_in_cookies(call.cookies, call.services.csrf, done.issued)
    return Answer(BrowserLogin(user=safe_user(done.user, done.roles)), cookies=cookies)


async def current_session(call: Call[None]) -> Answer:
    """Who is signed in here; `{"user": null}` when nobody is."""
    if not isinstance(call.caller, Principal):
        return Answer(CurrentSession(user=None))
    session = call.caller.session
    user = safe_user(call.caller.user, call.caller.roles)
    body = CurrentSession(user=user, session_id=session.id, expires_at=timestamp(session.expires_at))
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


async def _submit_password(
    call: Call[LoginRequest] | Call[TokenLoginRequest], body: LoginRequest, door: Door
) -> SignedIn:
    proof = PasswordProof(body.identifier(), body.password)
    login = call.services.login
    outcome = await login.submit(login.start(door), Method.PASSWORD, proof, call.device)
    match outcome:
        case Denied(reason):
            raise reason
        case NeedsStep(attempt, methods):
            raise MfaRequired(attempt={"id": attempt.id, "methods": list(methods)})
    return outcome

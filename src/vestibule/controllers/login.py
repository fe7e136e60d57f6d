"""Controllers for signing in and out, with either type of session."""

from typing import Any

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.errors import NotAuthenticated
from vestibule.domain.login import Method
from vestibule.domain.pending import TokenDelivery
from vestibule.domain.principal import Authenticated
from vestibule.domain.session import EndReason, SessionType
from vestibule.http.call import Answer, Call
from vestibule.http.csrf_cookies import missing_pair
from vestibule.http.login_answers import at_once, binding_of, browser_login, token_login
from vestibule.http.signed_in import signed_out_cookies
from vestibule.schemas.base import Done
from vestibule.schemas.login import CurrentSession, LoginRequest, TokenLoginRequest
from vestibule.schemas.sessions import checked_session
from vestibule.schemas.tokens import LogoutRequest
from vestibule.services.login.login import SignedIn
from vestibule.services.login.method import PasswordProof


async def sign_in_with_tokens(call: Call[TokenLoginRequest]) -> Answer:
    """Sign in with a password and start a token session: an access token and a refresh token."""
    delivery = TokenDelivery(call.body.token_delivery)
    return await token_login(call, await submit_password(call, SessionType.TOKEN, delivery))


async def sign_in_with_cookie(call: Call[LoginRequest]) -> Answer:
    """Sign in with a password and start a cookie session: an HttpOnly session cookie."""
    return await browser_login(call, await submit_password(call, SessionType.COOKIE))


async def current_session(call: Call[None]) -> Answer:
    """Get the signed-in user and the session. `{"user": null}` means that no one is signed in."""
    if not isinstance(call.caller, Authenticated):
        return Answer(CurrentSession(user=None), cookies=_missing_pair(call))
    body = checked_session(call.session, call.config.profile_fields)
    return Answer(body, cookies=(*call.renewed, *_missing_pair(call)))


async def sign_out(call: Call[None]) -> Answer:
    """End the caller's session and drop its cookies. It succeeds without a session, too."""
    if isinstance(call.caller, Authenticated):
        await _end(call, call.session)
    return _signed_out(signed_out_cookies(call))


async def log_out(call: Call[LogoutRequest]) -> Answer:
    """End the token session, by its access token, or by its refresh token when the access token has expired."""
    refresh = (call.body and call.body.secret()) or call.presented.get(call.cookies.refresh_name)
    if isinstance(call.caller, Authenticated):
        await _end(call, call.session)
    elif not refresh or not await call.services.tokens.tokens.end_family(refresh, call.device):
        raise NotAuthenticated
    if call.cookie_session:
        return _signed_out(signed_out_cookies(call))
    # The browser's own session at our pages goes on, and so do its cookies.
    return _signed_out((call.cookies.drop_refresh(),))


async def _end(call: Call[Any], session: ActiveSession) -> None:
    await call.services.sessions.own_sessions.end(session.user_id, session.id, EndReason.LOGOUT, call.device)


def _signed_out(cookies: tuple[str, ...]) -> Answer:
    return Answer(Done(message="success"), cookies=cookies, headers={"Clear-Site-Data": '"cache"'})


def _missing_pair(call: Call[None]) -> tuple[str, ...]:
    """The CSRF pair that a browser lacks, so that its first unsafe request succeeds. Requests with a bearer token, and
    pages of origins that may not send such requests, have no use for it.
    """
    headers = call.request.headers
    origin = headers.get("origin")
    if "authorization" in headers or (origin is not None and not call.config.allows_origin(origin)):
        return ()
    session = call.cookie_session
    return missing_pair(call.cookies, call.services.abuse.csrf, call.presented, session.id if session else None)


async def submit_password(
    call: Call[LoginRequest] | Call[TokenLoginRequest],
    session_type: SessionType,
    delivery: TokenDelivery = TokenDelivery.BODY,
) -> SignedIn:
    """Run a sign-in attempt with the password as its only step. Raises MfaRequired when more is needed."""
    body = call.body
    outcome = await call.services.login.login.sign_in(
        session_type,
        body.identifier(),
        Method.PASSWORD,
        PasswordProof(body.password),
        call.device,
        binding_of(call),
        delivery,
    )
    return await at_once(call, outcome)

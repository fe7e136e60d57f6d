"""Controllers for signing in and out, with either type of session."""

from vestibule.domain.errors import NotAuthenticated
from vestibule.domain.login import Method
from vestibule.domain.pending import TokenDelivery
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason, SessionType
from vestibule.http.call import Answer, Call
from vestibule.http.csrf_cookies import missing_pair
from vestibule.http.login_answers import at_once, binding_of, browser_login, token_login
from vestibule.http.signed_in import signed_out_cookies
from vestibule.schemas.base import Done, timestamp
from vestibule.schemas.login import CurrentSession, LoginRequest, TokenLoginRequest
from vestibule.schemas.tokens import LogoutRequest
from vestibule.schemas.users import safe_user
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
    if not isinstance(call.caller, Principal):
        return Answer(CurrentSession(user=None), cookies=_missing_pair(call))
    session = call.caller.session
    user = safe_user(call.caller.user, call.config.profile_fields, call.caller.roles)
    expires = timestamp(session.expires_at)
    body = CurrentSession(user=user, session_id=session.id, expires_at=expires, aal=session.aal)
    return Answer(body, cookies=(*_renewed(call, call.caller), *_missing_pair(call)))


async def sign_out(call: Call[None]) -> Answer:
    """End the caller's session and drop its cookies. It succeeds without a session, too."""
    if isinstance(call.caller, Principal):
        await call.services.sessions.sessions.end(call.caller, call.caller.session.id, EndReason.LOGOUT, call.device)
    return _signed_out(signed_out_cookies(call.cookies, call.services.abuse.csrf))


async def log_out(call: Call[LogoutRequest]) -> Answer:
    """End the token session, by its access token, or by its refresh token when the access token has expired."""
    refresh = (call.body and call.body.secret()) or call.presented.get(call.cookies.refresh_name)
    if isinstance(call.caller, Principal):
        await call.services.sessions.sessions.end(call.caller, call.caller.session.id, EndReason.LOGOUT, call.device)
    elif not refresh or not await call.services.tokens.tokens.end_family(refresh, call.device):
        raise NotAuthenticated
    if isinstance(call.caller, Principal) and call.caller.session_type is SessionType.COOKIE:
        return _signed_out(signed_out_cookies(call.cookies, call.services.abuse.csrf))
    # The browser's own session at our pages goes on, and so do its cookies.
    return _signed_out((call.cookies.drop_refresh(),))


def _signed_out(cookies: tuple[str, ...]) -> Answer:
    return Answer(Done(message="success"), cookies=cookies, headers={"Clear-Site-Data": '"cache"'})


def _renewed(call: Call[None], principal: Principal) -> tuple[str, ...]:
    """The session cookie with a fresh lifetime, whenever the server has extended the session's idle expiry too."""
    secret = call.presented.get(call.cookies.session_name)
    if principal.session_type is not SessionType.COOKIE or secret is None or not principal.touched:
        return ()
    return (call.cookies.session(secret),)


def _missing_pair(call: Call[None]) -> tuple[str, ...]:
    """The CSRF pair that a browser lacks, so that its first unsafe request succeeds. Requests with a bearer token, and
    pages of origins that may not send such requests, have no use for it.
    """
    headers = call.request.headers
    origin = headers.get("origin")
    if "authorization" in headers or (origin is not None and not call.config.allows_origin(origin)):
        return ()
    session_id = call.caller.session.id if isinstance(call.caller, Principal) else None
    return missing_pair(call.cookies, call.services.abuse.csrf, call.presented, session_id)


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

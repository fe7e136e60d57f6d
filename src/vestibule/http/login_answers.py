"""The answers of a sign-in attempt: the session, the next steps, or that the user has to wait."""

from collections.abc import Mapping
from typing import Any

from vestibule.domain.errors import MfaRequired
from vestibule.domain.instant import SECOND
from vestibule.domain.login import AttemptPurpose, NeedsStep
from vestibule.domain.pending import TokenDelivery
from vestibule.domain.principal import Authenticated
from vestibule.domain.session import EndReason, SessionType
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.http.signed_in import signed_in_cookies
from vestibule.schemas.login import BrowserLogin, LoginAnswer, TokenLogin, attempt_view, steps_of
from vestibule.schemas.offered_steps import step_view
from vestibule.schemas.users import safe_user
from vestibule.services.abuse.device_cookies import LIFETIME
from vestibule.services.login.login import AttemptBinding, Outcome, SignedIn


def binding_of(call: Call[Any], secret: str | None = None, *, remember: bool = False) -> AttemptBinding:
    """Return what this request carries beside its step: the attempt's secret, cookies, and the signed-in caller.

    A request with a secret or an access token needs no CSRF token, so the browser's cookies do not stand for it.
    """
    by_bearer = isinstance(call.caller, Authenticated) and call.cookie_session is None
    cookies = call.presented
    browser: Mapping[str, str] = {} if secret is not None or by_bearer else cookies
    return AttemptBinding(
        secret=secret or browser.get(call.cookies.attempt_name),
        browser=browser.get(call.cookies.presession_name),
        principal=call.whole,
        trusted=cookies.get(call.cookies.trusted_device_name),
        remember=remember,
    )


async def progress(call: Call[Any], outcome: Outcome) -> Answer:
    """Return the answer to a step of an attempt: signed in, next steps, or waiting. Raises the error of a denial."""
    match granted(outcome):
        case SignedIn() as done:
            return Answer(_signed_in(call, done), cookies=await _session_cookies(call, done))
        case NeedsStep() as needs:
            return Answer(steps_of(needs), cookies=attempt_cookies(call, needs))
    return Answer(LoginAnswer(status="waiting"))


async def at_once(call: Call[Any], outcome: Outcome) -> SignedIn:
    """Return a sign-in that took one step. Raises a denial's error, or MfaRequired with the attempt to continue."""
    match granted(outcome):
        case SignedIn() as done:
            return done
        case NeedsStep() as needs:
            member, cookies = attempt_member(needs), attempt_cookies(call, needs)
            raise MfaRequired(_where_to_go_on(call), attempt=member, cookies=cookies)
    raise MfaRequired(_where_to_go_on(call))


async def browser_login(call: Call[Any], done: SignedIn, status: int = 200) -> Answer:
    """Return the answer to a sign-in with a cookie session: the user, and the cookies. `status`: 201 if new."""
    body = BrowserLogin(user=safe_user(done.user, call.config.profile_fields, done.roles))
    return Answer(body, status=status, cookies=await _session_cookies(call, done))


async def token_login(call: Call[Any], done: SignedIn) -> Answer:
    """Return the answer to a sign-in with a token session: the user and the tokens; `expires_in` is in seconds."""
    full = _signed_in(call, done)
    body = TokenLogin(
        user=safe_user(done.user, call.config.profile_fields, done.roles),
        access_token=full.access_token or "",
        refresh_token=full.refresh_token,
        expires_in=full.expires_in or 0,
    )
    return Answer(body, cookies=await _session_cookies(call, done))


def attempt_member(needs: NeedsStep) -> dict[str, Any]:
    """Return the member `attempt` of a problem document: the attempt to continue, and its next steps."""
    view = attempt_view(needs)
    found = {
        "id": view.id,
        "expiresAt": view.expires_at,
        "methods": list(needs.methods),
        "steps": [step_view(offer) for offer in needs.offers],
    }
    return found | ({"secret": view.secret} if view.secret else {})


def _where_to_go_on(call: Call[Any]) -> str:
    """The sentence for pages that cannot take further steps, and show it to the user."""
    return f"{MfaRequired.message} Sign in at {call.config.public_url}."


def attempt_cookies(call: Call[Any], needs: NeedsStep) -> tuple[str, ...]:
    """Return the cookie that binds a new attempt to this browser; none for a token session."""
    if needs.secret is None or needs.attempt.session_type is not SessionType.COOKIE:
        return ()
    return (call.cookies.attempt(needs.secret, (needs.attempt.expires_at - needs.attempt.created_at) // SECOND),)


def _signed_in(call: Call[Any], done: SignedIn) -> LoginAnswer:
    user = safe_user(done.user, call.config.profile_fields, done.roles)
    if done.tokens is None:
        return LoginAnswer(status="signed_in", user=user)
    return LoginAnswer(
        status="signed_in",
        user=user,
        access_token=done.tokens.access_token,
        refresh_token=None if done.delivery is TokenDelivery.COOKIE else done.tokens.refresh_token,
        expires_in=done.tokens.expires_in,
        token_type="Bearer",  # noqa: S106 (a type, not a token)
    )


async def _session_cookies(call: Call[Any], done: SignedIn) -> tuple[str, ...]:
    """The cookies of the new session. Ends the cookie session that this browser had before."""
    session = done.issued.session
    before = call.cookie_session
    if before is not None and before.id != session.id and session.type is SessionType.COOKIE:
        await call.services.sessions.own_sessions.end(before.user_id, before.id, EndReason.REPLACED, call.device)
    found = list(signed_in_cookies(call, done.issued))
    if found:
        known = call.services.abuse.device_cookies.cookie(done.user)
        found.append(call.cookies.device_cookie(known, LIFETIME // SECOND))
    if found and done.attempt.purpose is AttemptPurpose.SIGN_IN:
        found.append(call.cookies.drop(call.cookies.attempt_name))
    if done.trusted:
        found.append(
            call.cookies.trusted_device(done.trusted, call.services.credentials.trusted_devices.lifetime // SECOND)
        )
    if done.tokens is not None and done.delivery is TokenDelivery.COOKIE:
        seconds = (done.tokens.refresh_expires_at - session.created_at) // SECOND
        found.append(call.cookies.refresh(done.tokens.refresh_token, seconds))
    return tuple(found)

"""What an attempt answers: the session, the next steps, or that somebody has to wait."""

from typing import Any, NoReturn

from vestibule.domain.errors import Denied, MfaRequired
from vestibule.domain.instant import SECOND
from vestibule.domain.login import NeedsStep, Purpose, Waiting
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door
from vestibule.http.call import Answer, Call
from vestibule.http.signed_in import signed_in_cookies
from vestibule.schemas.login import BrowserLogin, LoginAnswer, TokenLogin, attempt_view, step_view, steps_of
from vestibule.schemas.users import safe_user
from vestibule.services.known_devices import LIFETIME
from vestibule.services.login import Bound, Outcome, SignedIn


def bound(call: Call[Any], secret: str | None = None, *, remember: bool = False) -> Bound:
    """What this request shows beside its step."""
    cookies = call.presented
    return Bound(
        secret=secret or cookies.get(call.cookies.attempt_name),
        browser=cookies.get(call.cookies.presession_name),
        principal=call.caller if isinstance(call.caller, Principal) else None,
        trusted=cookies.get(call.cookies.device_name),
        remember=remember,
    )


async def progress(call: Call[Any], outcome: Outcome) -> Answer:
    """The answer to a step. Raises what was denied."""
    match outcome:
        case Denied(reason):
            raise reason
        case Waiting():
            return Answer(LoginAnswer(status="waiting"))
        case NeedsStep():
            return Answer(steps_of(outcome), cookies=attempt_cookies(call, outcome))
    return Answer(_signed_in(outcome), cookies=await _session_cookies(call, outcome))


async def at_once(call: Call[Any], outcome: Outcome) -> SignedIn:
    """For the endpoints that take one step only. Raises MfaRequired, which carries the attempt to continue."""
    match outcome:
        case SignedIn():
            return outcome
        case Denied(reason):
            raise reason
        case NeedsStep():
            _continue(call, outcome)
    raise MfaRequired


async def browser_login(call: Call[Any], done: SignedIn, status: int = 200) -> Answer:
    """Signed in with a cookie."""
    body = BrowserLogin(user=safe_user(done.user, done.roles))
    return Answer(body, status=status, cookies=await _session_cookies(call, done))


async def token_login(call: Call[Any], done: SignedIn) -> Answer:
    """Signed in with tokens."""
    full = _signed_in(done)
    body = TokenLogin(
        user=safe_user(done.user, done.roles),
        access_token=full.access_token or "",
        refresh_token=full.refresh_token,
        expires_in=full.expires_in or 0,
    )
    return Answer(body, cookies=await _session_cookies(call, done))


def attempt_member(needs: NeedsStep) -> dict[str, Any]:
    """The member `attempt` of a problem document."""
    view = attempt_view(needs)
    found = {
        "id": view.id,
        "expiresAt": view.expires_at,
        "methods": list(needs.methods),
        "steps": [step_view(offer) for offer in needs.offers],
    }
    return found | ({"secret": view.secret} if view.secret else {})


def _continue(call: Call[Any], needs: NeedsStep) -> NoReturn:
    cookies = attempt_cookies(call, needs)
    headers = {"Set-Cookie": cookies[0]} if cookies else {}
    raise MfaRequired(attempt=attempt_member(needs), headers=headers)


def attempt_cookies(call: Call[Any], needs: NeedsStep) -> tuple[str, ...]:
    """What ties a new attempt to this browser."""
    if needs.secret is None or needs.attempt.door is not Door.BROWSER:
        return ()
    return (call.cookies.attempt(needs.secret, (needs.attempt.expires_at - needs.attempt.created_at) // SECOND),)


def _signed_in(done: SignedIn) -> LoginAnswer:
    user = safe_user(done.user, done.roles)
    if done.tokens is None:
        return LoginAnswer(status="signed_in", user=user)
    return LoginAnswer(
        status="signed_in",
        user=user,
        access_token=done.tokens.access_token,
        refresh_token=None if _delivers_by_cookie(done) else done.tokens.refresh_token,
        expires_in=done.tokens.expires_in,
        token_type="Bearer",  # noqa: S106 (a type, not a token)
    )


async def _session_cookies(call: Call[Any], done: SignedIn) -> tuple[str, ...]:
    """The new session's cookies. One that this browser had before has been replaced."""
    session = done.issued.session
    before = call.caller
    if (
        isinstance(before, Principal) and before.door is Door.BROWSER and before.session.id != session.id
        and session.kind is Door.BROWSER
    ):  # fmt: skip
        await call.services.sessions.replace(before, call.device)
    found = list(signed_in_cookies(call.cookies, call.services.csrf, done.issued))
    if found:
        known = call.services.known_devices.cookie(done.user)
        found.append(call.cookies.known(known, LIFETIME // SECOND))
    if found and done.attempt.purpose is Purpose.SIGN_IN:
        found.append(call.cookies.drop_attempt())
    if done.trusted:
        found.append(call.cookies.device(done.trusted, call.services.trusted_devices.lifetime // SECOND))
    if done.tokens is not None and _delivers_by_cookie(done):
        seconds = (done.tokens.refresh_expires_at - session.created_at) // SECOND
        found.append(call.cookies.refresh(done.tokens.refresh_token, seconds))
    return tuple(found)


def _delivers_by_cookie(done: SignedIn) -> bool:
    return done.attempt.notes.get("delivery") == "cookie"

"""Registering, at both doors."""

from typing import Any

from vestibule.domain.errors import Denied
from vestibule.domain.session import Door
from vestibule.http.call import Answer, Call
from vestibule.http.language import preferred_language
from vestibule.http.login_answers import at_once, attempt_cookies, bound, browser_login, progress
from vestibule.schemas.login import DOORS, attempt_view
from vestibule.schemas.registration import (
    FinishPasskeyRegistration,
    PasskeyRegistration,
    PasskeyRegistrationRequest,
    RegisteredUser,
    RegistrationReceived,
    RegistrationRequest,
)
from vestibule.schemas.users import safe_user
from vestibule.services import registration
from vestibule.services.registration import NewUser

_RECEIVED = RegistrationReceived(message="Thank you. We have sent a mail to this address; it says how to go on.")


def check(call: Call[RegistrationRequest]) -> None:
    """All rules about what was typed, before it counts against any limit. Raises ValidationFailed."""
    checked = call.services.registration.check(_new_user(call))
    if isinstance(checked, Denied):
        raise checked.reason


async def register(call: Call[RegistrationRequest]) -> Answer:
    """Register through the token door: a new user, not signed in."""
    outcome = await call.services.registration.register(_new_user(call), call.device)
    match outcome:
        case Denied(reason):
            raise reason
        case registration.Registered(user):
            return Answer(RegisteredUser(user=safe_user(user)), status=201)
    return Answer(_RECEIVED, status=202)


async def register_and_sign_in(call: Call[RegistrationRequest]) -> Answer:
    """Register through the browser door: a new user, signed in."""
    outcome = await call.services.registration.register_and_sign_in(
        _new_user(call), Door.BROWSER, call.device, bound(call)
    )
    if isinstance(outcome, registration.RegistrationReceived):
        return Answer(_RECEIVED, status=202)
    return await browser_login(call, await at_once(call, outcome), status=201)


async def begin_with_passkey(call: Call[PasskeyRegistrationRequest]) -> Answer:
    """Begin to register without a password: options for making a passkey."""
    new = NewUser(call.body.username, call.body.email, None, _locale(call))
    outcome = await call.services.registration.begin_with_passkey(new, DOORS[call.body.door], bound(call))
    if isinstance(outcome, Denied):
        raise outcome.reason
    body = PasskeyRegistration(attempt=attempt_view(outcome.begun), public_key=dict(outcome.options))
    return Answer(body, cookies=attempt_cookies(call, outcome.begun))


async def finish_with_passkey(call: Call[FinishPasskeyRegistration]) -> Answer:
    """Finish with the passkey that was made: a new user without a password, signed in."""
    attempt, body = call.request.path_params["attempt"], call.body
    outcome = await call.services.registration.finish_with_passkey(
        attempt, bound(call, body.secret), body.credential, body.name, call.device
    )
    if isinstance(outcome, registration.RegistrationReceived):
        return Answer(_RECEIVED, status=202)
    return await progress(call, outcome)


def _new_user(call: Call[RegistrationRequest]) -> NewUser:
    body = call.body
    return NewUser(body.username, body.email, body.password, _locale(call))


def _locale(call: Call[Any]) -> str | None:
    return preferred_language(call.request.headers.get("accept-language", ""))

"""Registering, at both doors."""

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door
from vestibule.http.call import Answer, Call
from vestibule.http.language import preferred_language
from vestibule.http.signed_in import signed_in_cookies
from vestibule.schemas.login import BrowserLogin
from vestibule.schemas.registration import RegisteredUser, RegistrationReceived, RegistrationRequest
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
    device: Device = call.device
    outcome = await call.services.registration.register_and_sign_in(_new_user(call), Door.BROWSER, device)
    match outcome:
        case Denied(reason):
            raise reason
        case registration.RegistrationReceived():
            return Answer(_RECEIVED, status=202)
    if isinstance(call.caller, Principal):
        await call.services.sessions.replace(call.caller, call.device)
    cookies = signed_in_cookies(call.cookies, call.services.csrf, outcome.issued)
    return Answer(BrowserLogin(user=safe_user(outcome.user, outcome.roles)), status=201, cookies=cookies)


def _new_user(call: Call[RegistrationRequest]) -> NewUser:
    body = call.body
    locale = preferred_language(call.request.headers.get("accept-language", ""))
    return NewUser(body.username, body.email, body.password, locale)

"""Controllers for registering, with either type of session."""

from collections.abc import Mapping

from vestibule.domain.errors import Denied, FieldError
from vestibule.domain.new_user import NewUser
from vestibule.domain.session import SessionType
from vestibule.domain.user import NAMES
from vestibule.http.call import Answer, Call
from vestibule.http.language import preferred_language
from vestibule.http.login_answers import at_once, attempt_cookies, binding_of, browser_login, progress
from vestibule.http.outcomes import granted
from vestibule.schemas.login import attempt_view
from vestibule.schemas.registration import (
    FinishPasskeyRegistration,
    PasskeyRegistration,
    PasskeyRegistrationRequest,
    RegisteredUser,
    RegistrationReceived,
    RegistrationRequest,
)
from vestibule.schemas.users import safe_user
from vestibule.services.accounts.registration import new_accounts

_RECEIVED = RegistrationReceived(message="Thank you. We have sent an email to this address; it says how to go on.")


def rules(call: Call[RegistrationRequest] | Call[PasskeyRegistrationRequest]) -> Mapping[str, FieldError]:
    """`Route.rules`: the errors of the new user's data."""
    checked = call.services.accounts.registration.check(_new_user(call))
    return checked.reason.fields if isinstance(checked, Denied) else {}


async def register(call: Call[RegistrationRequest]) -> Answer:
    """Register a new user, who is not signed in; for applications with token sessions."""
    match granted(await call.services.accounts.registration.register(_new_user(call), call.device)):
        case new_accounts.Registered(user):
            return Answer(RegisteredUser(user=safe_user(user, call.config.profile_fields)), status=201)
    return Answer(_RECEIVED, status=202)


async def register_and_sign_in(call: Call[RegistrationRequest]) -> Answer:
    """Register a new user, who is signed in with a cookie session."""
    outcome = await call.services.accounts.registration.register_and_sign_in(
        _new_user(call), SessionType.COOKIE, call.device, binding_of(call)
    )
    if isinstance(outcome, new_accounts.RegistrationReceived):
        return Answer(_RECEIVED, status=202)
    return await browser_login(call, await at_once(call, outcome), status=201)


async def begin_with_passkey(call: Call[PasskeyRegistrationRequest]) -> Answer:
    """Start a registration with a passkey instead of a password. The answer has the options for creating it."""
    service, session_type = call.services.accounts.passkey_registration, call.body.session_type
    started = granted(await service.begin(_new_user(call), session_type, binding_of(call)))
    body = PasskeyRegistration(attempt=attempt_view(started.begun), public_key=dict(started.options))
    return Answer(body, cookies=attempt_cookies(call, started.begun))


async def finish_with_passkey(call: Call[FinishPasskeyRegistration]) -> Answer:
    """Finish a registration with the new passkey. The user has no password, and is signed in."""
    attempt, body = call.request.path_params["attempt"], call.body
    outcome = await call.services.accounts.passkey_registration.finish(
        attempt, binding_of(call, body.secret), body.credential, body.name, call.device
    )
    if isinstance(outcome, new_accounts.RegistrationReceived):
        return Answer(_RECEIVED, status=202)
    return await progress(call, outcome)


def _new_user(call: Call[RegistrationRequest] | Call[PasskeyRegistrationRequest]) -> NewUser:
    body = call.body
    password = body.password if isinstance(body, RegistrationRequest) else None
    locale = preferred_language(call.request.headers.get("accept-language", ""))
    names = {name: getattr(body, name) for name in NAMES}
    return NewUser(body.username, body.email, password, locale, names, body.profile)

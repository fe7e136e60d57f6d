"""What opens and guards the caller's account."""

from vestibule.domain.errors import Denied
from vestibule.http.call import Answer, Call
from vestibule.http.signed_in import signed_in_cookies
from vestibule.schemas.base import Done
from vestibule.schemas.sign_in_methods import (
    CeremonyView,
    NewPasskeyRequest,
    PasskeyAdded,
    PasskeyName,
    RecoveryCodesView,
    SecondFactorChoice,
    SeedView,
    TotpCode,
    methods_view,
    passkey_view,
)


async def overview(call: Call[None]) -> Answer:
    """The caller's sign-in methods, second factors and trusted devices."""
    services = call.services
    found = await services.sign_in_methods.overview(call.principal)
    required = services.login.forces(call.principal)
    party = services.sign_in_methods.party
    return Answer(methods_view(found, required=required, rp_id=party.id, user_handle=call.principal.user.id))


async def begin_passkey(call: Call[None]) -> Answer:
    """Begin to add a passkey: options for the credential API."""
    ceremony = await call.services.sign_in_methods.begin_passkey(call.principal)
    return Answer(CeremonyView(ceremony=ceremony.id, public_key=dict(ceremony.options)))


async def add_passkey(call: Call[NewPasskeyRequest]) -> Answer:
    """Add the passkey that was made. It signs in from now on."""
    body = call.body
    outcome = await call.services.sign_in_methods.add_passkey(
        call.principal, body.ceremony, body.credential, body.name, call.device, silent=body.conditional
    )
    if isinstance(outcome, Denied):
        raise outcome.reason
    return Answer(PasskeyAdded(passkey=passkey_view(outcome)), status=201)


async def rename_passkey(call: Call[PasskeyName]) -> Answer:
    """Give a passkey another name."""
    passkey = call.request.path_params["id"]
    return _done(
        await call.services.sign_in_methods.rename_passkey(call.principal, passkey, call.body.name, call.device),
        "The passkey was renamed.",
    )


async def remove_passkey(call: Call[None]) -> Answer:
    """Remove a passkey. It opens nothing from now on."""
    passkey = call.request.path_params["id"]
    denied = await call.services.sign_in_methods.remove_passkey(call.principal, passkey, call.device)
    return _done(denied, "The passkey was removed.")


async def begin_totp(call: Call[None]) -> Answer:
    """Begin to set up an authenticator app: its seed as text and picture. Nothing changes before its first code."""
    outcome = await call.services.sign_in_methods.begin_totp(call.principal)
    if isinstance(outcome, Denied):
        raise outcome.reason
    ceremony, seed = outcome
    return Answer(SeedView(ceremony=ceremony, secret=seed.secret, uri=seed.uri, qr=seed.qr))


async def add_totp(call: Call[TotpCode]) -> Answer:
    """Finish with the app's first code. Recovery codes come with it when there are none."""
    ceremony = call.request.path_params["ceremony"]
    outcome = await call.services.sign_in_methods.add_totp(call.principal, ceremony, call.body.code, call.device)
    if isinstance(outcome, Denied):
        raise outcome.reason
    codes, issued = outcome
    cookies = signed_in_cookies(call.cookies, call.services.csrf, issued)
    return Answer(RecoveryCodesView(recovery_codes=codes), status=201, cookies=cookies)


async def remove_totp(call: Call[None]) -> Answer:
    """Remove the authenticator app."""
    denied = await call.services.sign_in_methods.remove_totp(call.principal, call.device)
    return _done(denied, "The authenticator app was removed.")


async def make_recovery_codes(call: Call[None]) -> Answer:
    """Make ten new recovery codes. The old ones are worthless."""
    outcome = await call.services.sign_in_methods.make_recovery_codes(call.principal, call.device)
    if isinstance(outcome, Denied):
        raise outcome.reason
    return Answer(RecoveryCodesView(recovery_codes=outcome), status=201)


async def choose_second_factor(call: Call[SecondFactorChoice]) -> Answer:
    """Choose whether every sign-in asks for a second factor."""
    wanted = call.body.required
    denied = await call.services.sign_in_methods.set_second_factor(call.principal, call.device, wanted=wanted)
    return _done(denied, "Two-step sign-in is on." if wanted else "Two-step sign-in is off.")


async def remove_password(call: Call[None]) -> Answer:
    """Go on without a password. Possible while a passkey opens the account."""
    outcome = await call.services.account.remove_password(call.principal, call.device)
    if isinstance(outcome, Denied):
        raise outcome.reason
    cookies = signed_in_cookies(call.cookies, call.services.csrf, outcome)
    return Answer(Done(message="The password was removed. Other devices were signed out."), cookies=cookies)


async def forget_device(call: Call[None]) -> Answer:
    """Trust a browser no longer."""
    device_id = call.request.path_params["id"]
    denied = await call.services.trusted_devices.forget(call.principal, device_id, call.device)
    return _done(denied, "The device is not trusted any more.")


def _done(denied: Denied | None, message: str) -> Answer:
    if denied:
        raise denied.reason
    return Answer(Done(message=message))

"""Controllers of the caller's sign-in methods, second factors and trusted devices."""

from vestibule.domain.errors import Denied
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
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
    """Get the caller's sign-in methods, second factors and trusted devices."""
    services = call.services
    found = await services.accounts.sign_in_methods.overview(call.principal)
    required = services.login.login.forces(call.principal)
    party = services.credentials.passkeys.party
    return Answer(methods_view(found, required=required, rp_id=party.id, user_handle=call.principal.user.id))


async def begin_passkey(call: Call[None]) -> Answer:
    """Begin to add a passkey. The answer has the options for the browser's credential API."""
    ceremony = await call.services.accounts.passkeys.begin(call.principal)
    return Answer(CeremonyView(ceremony=ceremony.id, public_key=dict(ceremony.options)))


async def add_passkey(call: Call[NewPasskeyRequest]) -> Answer:
    """Add the new passkey to the account. It can be used to sign in from now on."""
    body = call.body
    added = await call.services.accounts.passkeys.add(
        call.principal, body.ceremony, body.credential, body.name, call.device, silent=body.conditional
    )
    return Answer(PasskeyAdded(passkey=passkey_view(granted(added))), status=201)


async def rename_passkey(call: Call[PasskeyName]) -> Answer:
    """Rename a passkey."""
    passkey = call.request.path_params["id"]
    return _done(
        await call.services.accounts.passkeys.rename(call.principal, passkey, call.body.name, call.device),
        "The passkey was renamed.",
    )


async def remove_passkey(call: Call[None]) -> Answer:
    """Remove a passkey. It is refused from now on."""
    passkey = call.request.path_params["id"]
    denied = await call.services.accounts.passkeys.remove(call.principal, passkey, call.device)
    return _done(denied, "The passkey was removed.")


async def begin_totp(call: Call[None]) -> Answer:
    """Begin to set up an authenticator app. Returns its seed as text and QR code; its first code completes it."""
    ceremony, seed = granted(await call.services.accounts.totp.begin(call.principal))
    return Answer(SeedView(ceremony=ceremony, secret=seed.secret, uri=seed.uri, qr=seed.qr))


async def add_totp(call: Call[TotpCode]) -> Answer:
    """Finish setting up an authenticator app with its first code. Returns recovery codes if the account has none."""
    ceremony = call.request.path_params["ceremony"]
    app, digits = call.services.accounts.totp, call.body.digits()
    codes, issued = granted(await app.add(call.principal, ceremony, digits, call.device))
    cookies = signed_in_cookies(call, issued)
    return Answer(RecoveryCodesView(recovery_codes=codes), status=201, cookies=cookies)


async def remove_totp(call: Call[None]) -> Answer:
    """Remove the authenticator app."""
    denied = await call.services.accounts.totp.remove(call.principal, call.device)
    return _done(denied, "The authenticator app was removed.")


async def make_recovery_codes(call: Call[None]) -> Answer:
    """Create ten new recovery codes. The old ones are no longer accepted."""
    outcome = granted(await call.services.accounts.recovery_codes.make(call.principal, call.device))
    return Answer(RecoveryCodesView(recovery_codes=outcome), status=201)


async def choose_second_factor(call: Call[SecondFactorChoice]) -> Answer:
    """Choose whether every sign-in requires a second factor."""
    wanted = call.body.required
    denied = await call.services.accounts.second_factor.choose(call.principal, call.device, wanted=wanted)
    return _done(denied, "Two-step sign-in is on." if wanted else "Two-step sign-in is off.")


async def remove_password(call: Call[None]) -> Answer:
    """Remove the password. The account must have a passkey to sign in with."""
    outcome = granted(await call.services.accounts.password_change.remove(call.principal, call.device))
    cookies = signed_in_cookies(call, outcome)
    return Answer(Done(message="The password was removed. Other devices were signed out."), cookies=cookies)


async def forget_device(call: Call[None]) -> Answer:
    """Remove a trusted device. Its browser needs the second factor again."""
    device_id = call.request.path_params["id"]
    denied = await call.services.credentials.trusted_devices.forget(call.principal, device_id, call.device)
    return _done(denied, "The device is not trusted any more.")


def _done(denied: Denied | None, message: str) -> Answer:
    granted(denied)
    return Answer(Done(message=message))

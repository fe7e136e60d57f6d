"""Schemas of the caller's sign-in methods, second factors and trusted devices."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from vestibule.domain.credential import Credential, TrustedDevice
from vestibule.domain.errors import FieldError
from vestibule.schemas.base import Input, Output, Timestamp, Word, maybe_timestamp, timestamp
from vestibule.schemas.typed_codes import TypedCode, code_errors, six_digits
from vestibule.services.accounts.sign_in_methods import Overview
from vestibule.services.credentials.passkeys import authenticator_name

_Name = Annotated[str, Meta(max_length=64)]


class PasskeyView(Output):
    """A passkey. `credentialId` is its id at the authenticator; `synced`: it is backed up by its provider."""

    id: str
    name: str
    authenticator: str
    synced: bool
    credential_id: str
    created_at: Timestamp
    last_used_at: Timestamp | None


class TotpView(Output):
    """The authenticator app of the account."""

    created_at: Timestamp
    last_used_at: Timestamp | None


class TrustedDeviceView(Output):
    """A trusted device: a browser that needs no second factor."""

    id: str
    device: str
    ip: str
    created_at: Timestamp
    last_used_at: Timestamp
    expires_at: Timestamp


class RecoveryView(Output):
    """A pending removal of the second factor; it is possible from `readyAt` on."""

    requested_at: Timestamp
    ready_at: Timestamp


class MethodsView(Output):
    """The sign-in methods of the account. `secondFactor`: the user wants one; `required`: the operator demands one."""

    password: bool
    passkeys: list[PasskeyView]
    totp: TotpView | None
    recovery_codes_left: int
    second_factor: bool
    required: bool
    trusted_devices: list[TrustedDeviceView]
    recovery: RecoveryView | None
    rp_id: str
    user_handle: str


class CeremonyView(Output):
    """The options for a new passkey: pass `publicKey` to the browser's credential API, and send what it returns with
    `ceremony`.
    """

    ceremony: str
    public_key: dict[str, Any]


class NewPasskeyRequest(Input):
    """The new passkey. `conditional`: the password manager created it by itself after a sign-in with a password."""

    ceremony: Word
    credential: dict[str, Any]
    name: _Name = ""
    conditional: bool = False


class PasskeyAdded(Output):
    """The passkey was added."""

    passkey: PasskeyView
    success: bool = True


class PasskeyName(Input):
    """The new name of a passkey."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]


class SeedView(Output):
    """The seed for an authenticator app: as text, as an otpauth address (`uri`), and as its QR code in SVG."""

    ceremony: str
    secret: str
    uri: str
    qr: str


class TotpCode(Input):
    """The first code of the authenticator app."""

    code: TypedCode

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of anything but six digits."""
        return code_errors(self.code)

    def digits(self) -> str:
        """Return the six digits."""
        return six_digits(self.code)


class RecoveryCodesView(Output):
    """The new recovery codes, which are returned only once; empty if the account has codes already."""

    recovery_codes: list[str]
    success: bool = True


class SecondFactorChoice(Input):
    """Whether every sign-in requires a second factor."""

    required: bool


def passkey_view(passkey: Credential) -> PasskeyView:
    """Return a passkey as its owner may see it."""
    detail = json.loads(passkey.detail)
    return PasskeyView(
        id=passkey.id,
        name=passkey.name,
        authenticator=authenticator_name(detail["aaguid"]),
        synced=detail["synced"],
        credential_id=passkey.lookup,
        created_at=timestamp(passkey.created_at),
        last_used_at=maybe_timestamp(passkey.last_used_at),
    )


def methods_view(overview: Overview, *, required: bool, rp_id: str, user_handle: str) -> MethodsView:
    """Return the sign-in methods of an account, with the policy and the ids that passkeys need."""
    return MethodsView(
        password=overview.has_password,
        passkeys=[passkey_view(passkey) for passkey in overview.passkeys],
        totp=_totp_view(overview.totp),
        recovery_codes_left=overview.recovery_codes_left,
        second_factor=overview.wants_second_factor,
        required=required,
        trusted_devices=[_device_view(device) for device in overview.trusted_devices],
        recovery=RecoveryView(
            requested_at=timestamp(overview.recovery.requested_at), ready_at=timestamp(overview.recovery.ready_at)
        )
        if overview.recovery
        else None,
        rp_id=rp_id,
        user_handle=user_handle,
    )


def _totp_view(app: Credential | None) -> TotpView | None:
    if app is None:
        return None
    return TotpView(created_at=timestamp(app.created_at), last_used_at=maybe_timestamp(app.last_used_at))


def _device_view(device: TrustedDevice) -> TrustedDeviceView:
    return TrustedDeviceView(
        id=device.id,
        device=device.device_label,
        ip=device.address,
        created_at=timestamp(device.created_at),
        last_used_at=timestamp(device.last_used_at),
        expires_at=timestamp(device.expires_at),
    )

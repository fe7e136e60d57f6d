"""Everything that opens or guards the own account."""

import json
from typing import Annotated, Any

from msgspec import Meta

from vestibule.domain.credential import Credential, TrustedDevice
from vestibule.schemas.base import Input, Output, Timestamp, Word, maybe_timestamp, timestamp
from vestibule.schemas.login import Digits
from vestibule.services.passkeys import authenticator_name
from vestibule.services.sign_in_methods import Overview

_Name = Annotated[str, Meta(max_length=64)]


class PasskeyView(Output):
    """A passkey. `credentialId` is what the authenticator calls it."""

    id: str
    name: str
    authenticator: str
    synced: bool
    credential_id: str
    created_at: Timestamp
    last_used_at: Timestamp | None


class TotpView(Output):
    """The authenticator app."""

    created_at: Timestamp
    last_used_at: Timestamp | None


class TrustedDeviceView(Output):
    """A browser that is not asked for the second factor."""

    id: str
    device: str
    ip: str
    created_at: Timestamp
    last_used_at: Timestamp
    expires_at: Timestamp


class RecoveryView(Output):
    """Somebody waits for the second factor to be removed."""

    requested_at: Timestamp
    ready_at: Timestamp


class MethodsView(Output):
    """The sign-in methods of the account. `required`: the operator demands a second factor."""

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
    """A passkey about to be made: give `publicKey` to the credential API, and its answer back with the id."""

    ceremony: str
    public_key: dict[str, Any]


class NewPasskeyRequest(Input):
    """The passkey that was made. `conditional`: by the password manager, along with a password sign-in."""

    ceremony: Word
    credential: dict[str, Any]
    name: _Name = ""
    conditional: bool = False


class PasskeyAdded(Output):
    """The new passkey."""

    passkey: PasskeyView
    success: bool = True


class PasskeyName(Input):
    """Another name."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]


class SeedView(Output):
    """The seed for an authenticator app: as text, as an address, as an SVG picture of it."""

    ceremony: str
    secret: str
    uri: str
    qr: str


class TotpCode(Input):
    """The app's first code."""

    code: Digits


class RecoveryCodesView(Output):
    """Shown once; empty when there are codes already."""

    recovery_codes: list[str]
    success: bool = True


class SecondFactorChoice(Input):
    """Whether every sign-in shall ask for a second factor."""

    required: bool


def passkey_view(passkey: Credential) -> PasskeyView:
    """A passkey as its owner sees it."""
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


def methods_view(found: Overview, *, required: bool, rp_id: str, user_handle: str) -> MethodsView:
    """All of it."""
    return MethodsView(
        password=found.has_password,
        passkeys=[passkey_view(passkey) for passkey in found.passkeys],
        totp=_totp_view(found.totp),
        recovery_codes_left=found.recovery_codes_left,
        second_factor=found.wants_second_factor,
        required=required,
        trusted_devices=[_device_view(device) for device in found.trusted_devices],
        recovery=RecoveryView(
            requested_at=timestamp(found.recovery.requested_at), ready_at=timestamp(found.recovery.ready_at)
        )
        if found.recovery
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

"""Passkeys (W3C Web Authentication Level 3): options for the browser, and verification of its responses.

The library is imported at the first ceremony, because it would be a tenth of an idle worker's memory.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.crypto.base64url import decode, encode
from vestibule.crypto.jose import each_once
from vestibule.domain.ports import Entropy

_CHALLENGE_BYTES = 32
_ALGORITHMS = (-8, -7, -257)  # EdDSA, ES256, RS256


class CeremonyRefused(Exception):
    """The browser's response is malformed, for another site, or fails verification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """The relying party: its domain (RP id) and name as shown to authenticators, and the origins of its pages."""

    id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A newly created passkey, verified. Ids and keys are base64url text."""

    credential_id: str
    public_key: str
    sign_count: int
    aaguid: str
    user_verified: bool
    synced: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified use of a passkey."""

    sign_count: int
    user_verified: bool
    synced: bool


def new_challenge(entropy: Entropy) -> str:
    """Return a random challenge of 256 bits (ASVS 6.7.2) in base64url."""
    return encode(entropy.token_bytes(_CHALLENGE_BYTES))


def creation_options(
    party: RelyingParty,
    challenge: str,
    user_id: str,
    username: str,
    display: str,
    excluded: Iterable[str],
    *,
    must_verify: bool = False,
) -> dict[str, Any]:
    """Return the options for `navigator.credentials.create()`, for a discoverable credential.

    `excluded`: ids of existing passkeys. `must_verify`: the device must verify its user; otherwise it does if it can.
    """
    return {
        "rp": {"id": party.id, "name": party.name},
        "user": {"id": encode(user_id.encode()), "name": username, "displayName": display},
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in _ALGORITHMS],
        "timeout": 300_000,
        "excludeCredentials": _descriptors(excluded),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required" if must_verify else "preferred",
        },
        "attestation": "none",
        "extensions": {"credProps": True},
    }


def request_options(
    party: RelyingParty, challenge: str, allowed: Iterable[str], *, must_verify: bool
) -> dict[str, Any]:
    """Return the options for `navigator.credentials.get()`. `allowed`: ids of passkeys; empty: any of this domain."""
    return {
        "challenge": challenge,
        "rpId": party.id,
        "timeout": 300_000,
        "userVerification": "required" if must_verify else "preferred",
        "allowCredentials": _descriptors(allowed),
    }


def credential_id(answer: Mapping[str, Any]) -> str:
    """Return the unverified credential id of a browser's response. Raises CeremonyRefused."""
    found = answer.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= 1366:
        raise CeremonyRefused("no credential id")
    return found


def user_handle(answer: Mapping[str, Any]) -> str | None:
    """Return the unverified user id that the authenticator stored with the passkey; None when it sent none.

    Raises CeremonyRefused.
    """
    response = answer.get("response")
    handle = response.get("userHandle") if isinstance(response, Mapping) else None
    if handle is None or handle == "":
        return None
    try:
        return decode(str(handle)).decode()
    except (ValueError, UnicodeError) as error:
        raise CeremonyRefused("user handle") from error


def check_creation(
    party: RelyingParty, challenge: str, answer: Mapping[str, Any], *, must_verify: bool = False, silent: bool = False
) -> NewPasskey:
    """Verify a browser's response to `creation_options` and return the new passkey.

    `silent`: created together with a password login, without a user's touch. Raises CeremonyRefused.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415

    try:
        _refuse_cross_origin(answer)
        made = verify_registration_response(
            credential=json.dumps(answer),
            expected_challenge=decode(challenge),
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_presence=not silent,
            require_user_verification=must_verify,
        )
    except Exception as error:  # the library raises its own errors, and others for what it cannot parse
        raise CeremonyRefused(type(error).__name__) from error
    return NewPasskey(
        credential_id=encode(made.credential_id),
        public_key=encode(made.credential_public_key),
        sign_count=made.sign_count,
        aaguid=made.aaguid,
        user_verified=made.user_verified,
        synced=made.credential_backed_up,
    )


def check_assertion(
    party: RelyingParty, challenge: str, answer: Mapping[str, Any], public_key: str, *, must_verify: bool
) -> Assertion:
    """Verify a browser's response to `request_options` with the passkey's public key. Raises CeremonyRefused.

    The caller must compare the sign count with the stored one.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415

    try:
        _refuse_cross_origin(answer)
        used = verify_authentication_response(
            credential=json.dumps(answer),
            expected_challenge=decode(challenge),
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=decode(public_key),
            # Any count passes here: a count that went back is not malformed; the owner is alerted to a possible clone.
            credential_current_sign_count=-1,
            require_user_verification=must_verify,
        )
    except Exception as error:  # as above
        raise CeremonyRefused(type(error).__name__) from error
    return Assertion(used.new_sign_count, used.user_verified, used.credential_backed_up)


def _refuse_cross_origin(answer: Mapping[str, Any]) -> None:
    """Refuse a ceremony that ran in a frame of another origin's page, which could have triggered it (W3C WebAuthn Level
    3, sections 7.1 and 7.2).

    The library parses `crossOrigin` but does not check it. Vestibule's pages cannot be framed, and those of
    `PASSKEY_ORIGINS` are pages too, not frames, so that no ceremony is expected in a frame of any page. Raises
    CeremonyRefused, or ValueError for a member that stands twice; the callers refuse for both.
    """
    client = json.loads(decode(answer["response"]["clientDataJSON"]), object_pairs_hook=each_once)
    if client.get("crossOrigin", False) is not False or "topOrigin" in client:
        raise CeremonyRefused("cross-origin")


def _descriptors(ids: Iterable[str]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": found} for found in ids]

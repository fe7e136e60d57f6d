"""Passkeys (W3C Web Authentication Level 3): options for the browser, and what it answered, checked.

The library is loaded when the first ceremony comes: it would be a tenth of an idle worker's memory.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.crypto.base64url import decode, encode
from vestibule.domain.ports import Entropy

_CHALLENGE_BYTES = 32
_ALGORITHMS = (-8, -7, -257)  # EdDSA, ES256, RS256


class CeremonyRefused(Exception):
    """The browser's answer is malformed, for another site, or proves nothing."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to authenticators, and the origins whose pages may speak for us."""

    id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey as it was made."""

    credential_id: str
    public_key: str
    sign_count: int
    aaguid: str
    user_verified: bool
    synced: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """A passkey as it was used."""

    sign_count: int
    user_verified: bool
    synced: bool


def new_challenge(entropy: Entropy) -> str:
    """256 bits (ASVS 6.7.2), in base64url."""
    return encode(entropy.token_bytes(_CHALLENGE_BYTES))


def creation_options(
    party: RelyingParty, challenge: str, user_id: str, username: str, display: str, known: Iterable[str], *,
    must_verify: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What `navigator.credentials.create()` takes: a discoverable credential. With `must_verify` the device has to be
    able to verify its user, else it does so if it can.
    """
    return {
        "rp": {"id": party.id, "name": party.name},
        "user": {"id": encode(user_id.encode()), "name": username, "displayName": display},
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in _ALGORITHMS],
        "timeout": 300_000,
        "excludeCredentials": _descriptors(known),
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
    """What `navigator.credentials.get()` takes; nothing allowed means any passkey of ours."""
    return {
        "challenge": challenge,
        "rpId": party.id,
        "timeout": 300_000,
        "userVerification": "required" if must_verify else "preferred",
        "allowCredentials": _descriptors(allowed),
    }


def credential_id(answer: Mapping[str, Any]) -> str:
    """Which passkey an answer is from, before anything about it is believed. Raises CeremonyRefused."""
    found = answer.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= 1366:
        raise CeremonyRefused("no credential id")
    return found


def user_handle(answer: Mapping[str, Any]) -> str | None:
    """The user id that the authenticator stored with the passkey, if it told. Raises CeremonyRefused."""
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
    """A new passkey. `silent`: made along with a password login, where nobody touches anything.

    Raises CeremonyRefused.
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
    except Exception as error:  # the library raises its own, and others for what it cannot parse
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
    """A passkey in use; comparing the sign count with what we knew is the caller's. Raises CeremonyRefused."""
    from webauthn import verify_authentication_response  # noqa: PLC0415

    try:
        _refuse_cross_origin(answer)
        used = verify_authentication_response(
            credential=json.dumps(answer),
            expected_challenge=decode(challenge),
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=decode(public_key),
            # Any count passes here: going back is no parse error, it is told to the owner.
            credential_current_sign_count=-1,
            require_user_verification=must_verify,
        )
    except Exception as error:  # as above
        raise CeremonyRefused(type(error).__name__) from error
    return Assertion(used.new_sign_count, used.user_verified, used.credential_backed_up)


def _refuse_cross_origin(answer: Mapping[str, Any]) -> None:
    """A ceremony in a frame of another origin's page is that page's doing (W3C WebAuthn Level 3, sections 7.1 and 7.2).

    The library reads `crossOrigin` and checks nothing. Our pages cannot be framed, and those of `PASSKEY_ORIGINS` are
    pages too, not frames: no ceremony is expected in one, whatever page is around it. Raises CeremonyRefused.
    """
    client = json.loads(decode(answer["response"]["clientDataJSON"]), object_pairs_hook=_each_once)
    if client.get("crossOrigin", False) is not False or "topOrigin" in client:
        raise CeremonyRefused("cross-origin")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CeremonyRefused("a member stands twice")
    return found


def _descriptors(ids: Iterable[str]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": found} for found in ids]

"""Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, six digits, steps of 30 seconds."""

import base64
import hmac
from urllib.parse import quote, urlencode

from vestibule.domain.instant import SECOND, Instant
from vestibule.domain.ports import Entropy

STEP_SECONDS = 30
DIGITS = 6
_SEED_BYTES = 20
_DRIFT_STEPS = 1


def new_seed(entropy: Entropy) -> str:
    """Return a new seed of 160 bits (RFC 4226 section 4, R6) in base32, the form that authenticator apps accept."""
    return base64.b32encode(entropy.token_bytes(_SEED_BYTES)).decode()


def step_at(now: Instant) -> int:
    """Return the number of the 30-second step at `now` (microseconds since 1970 UTC)."""
    return now // SECOND // STEP_SECONDS


def code_at(seed: str, step: int, digits: int = DIGITS) -> str:
    """Return the code of one step for a base32 seed."""
    mac = hmac.digest(base64.b32decode(seed), step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(seed: str, typed: str, now: Instant) -> int | None:
    """Return the step whose code was typed, at most one step from `now` (ASVS 6.5.5); None when no code matches.

    Every candidate is compared, in constant time.
    """
    current = step_at(now)
    found = None
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(seed, step).encode(), typed.encode()):
            found = step
    return found


def address(seed: str, account: str, issuer: str) -> str:
    """Return the otpauth:// URL that the enrolment's QR code contains."""
    query = urlencode({"secret": seed, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"

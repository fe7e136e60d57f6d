"""Signing keys for tokens, and the times at which they sign and verify."""

from dataclasses import dataclass

from vestibule.domain.instant import Instant


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One row of `signing_keys`. The private part is sealed; times are microseconds since 1970 UTC.

    A key is published from `created_at` to `retires_at`; it signs from `activates_at` until a newer key is active.
    """

    kid: str
    alg: str
    public_jwk: str
    private_sealed: str
    created_at: Instant
    activates_at: Instant
    retires_at: Instant | None

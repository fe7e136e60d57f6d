"""Credentials beside the password: passkeys, authenticator apps, recovery codes; trusted devices; factor recovery."""

from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Instant


class CredentialKind(StrEnum):
    """The kinds of credentials, as stored in `credentials.kind`."""

    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"


# A recovery code replaces one of these for a sign-in; it is no second factor itself.
SECOND_FACTOR_KINDS = frozenset({CredentialKind.TOTP, CredentialKind.PASSKEY})


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """One row of `credentials`. Times are microseconds since 1970 UTC.

    `lookup` finds it (a passkey's credential id, a recovery code's first letters); `secret` checks it (a public key, a
    sealed seed, a slow hash); `counter` is a passkey's sign count, or the last TOTP step that was used. A credential
    is live from its confirmation until it is used up.
    """

    id: str
    user_id: str
    kind: CredentialKind
    lookup: str
    secret: str
    counter: int
    name: str
    detail: str
    created_at: Instant
    confirmed_at: Instant | None
    last_used_at: Instant | None
    used_at: Instant | None

    def __repr__(self) -> str:
        return f"Credential({self.id})"


@dataclass(frozen=True, slots=True)
class TrustedDevice:
    """One row of `trusted_devices`: a browser that needs no second factor until `expires_at`.

    Times are microseconds since 1970 UTC.
    """

    id: str
    user_id: str
    token_hash: str
    device_label: str
    address: str
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class FactorRecovery:
    """One row of `factor_recoveries`: a request to remove a second factor that the requester reports as lost.

    It can be completed from `ready_at` to `expires_at`. Times are microseconds since 1970 UTC.
    """

    id: str
    user_id: str
    started_by: str
    requested_at: Instant
    ready_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    outcome: str | None

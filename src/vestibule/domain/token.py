"""Access and refresh tokens of the token door."""

from dataclasses import dataclass

from vestibule.domain.instant import MINUTE, Duration, Instant
from vestibule.domain.status_list import StatusPolicy

# By how much the clocks of two instances may differ (docs/scaling.md).
CLOCK_SKEW: Duration = MINUTE


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One row of `refresh_tokens`; the session is the family."""

    token_hash: str
    session_id: str
    issued_at: Instant
    expires_at: Instant
    consumed_at: Instant | None
    successor_hash: str | None
    successor_sealed: str | None


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """Issuer and lifetimes (microseconds) of the token door."""

    issuer: str
    audience: str
    access_lifetime: Duration
    refresh_idle: Duration
    refresh_absolute: Duration
    reuse_grace: Duration

    def is_lost_answer(self, consumed_at: Instant, now: Instant, *, own_clock: bool) -> bool:
        """Whether a refresh token that was used up is shown again so soon that the first answer may have been lost.

        `own_clock`: this process used it up. Another one's clock may be ahead or behind by `CLOCK_SKEW`.
        """
        latest = self.reuse_grace if own_clock else self.reuse_grace + CLOCK_SKEW
        return -CLOCK_SKEW <= now - consumed_at <= latest

    @property
    def status(self) -> StatusPolicy:
        """Where the status of tokens is published."""
        return StatusPolicy(self.issuer, self.access_lifetime)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token says about its session, beside issuer and times."""

    session_id: str
    user_id: str
    client_id: str
    authenticated_at: Instant
    amr: tuple[str, ...]
    aal: int
    roles: tuple[str, ...]
    ends_at: Instant
    status_index: int | None


@dataclass(frozen=True, slots=True, repr=False)
class FamilyStep:
    """A refresh token about to be used up, what takes its place, and what the audit log will say.

    `event`: id, address, user agent, device label, request id.
    """

    token_hash: str
    successor_hash: str
    successor_sealed: str
    event: tuple[str, str, str, str, str]

    @property
    def values(self) -> tuple[str, ...]:
        """All of it in order."""
        return (self.token_hash, self.successor_hash, self.successor_sealed, *self.event)

    def __repr__(self) -> str:
        return "FamilyStep(…)"


@dataclass(frozen=True, slots=True)
class StepTimes:
    """What steps taken together share; the session's absolute expiry bounds the two others."""

    now: Instant
    successor_expires_at: Instant
    idle_expires_at: Instant
    action: str
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class Advanced:
    """A step that was taken: what the next access token says, and when the successor expires."""

    grant: Grant
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a verified access token says: whose session, and until when."""

    session_id: str
    user_id: str
    expires_at: Instant


@dataclass(frozen=True, slots=True, repr=False)
class TokenPair:
    """What the token door answers a sign-in or a refresh with."""

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_at: Instant

    def __repr__(self) -> str:
        return "TokenPair(…)"

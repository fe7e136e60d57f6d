"""Access and refresh tokens: what they contain, their lifetimes, and the rotation of refresh tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.domain.instant import MINUTE, Duration, Instant
from vestibule.domain.status_list import StatusPolicy
from vestibule.domain.user import User

# How far the clocks of two instances may differ (docs/scaling.md).
CLOCK_SKEW: Duration = MINUTE
# The `client_id` of the tokens of Vestibule's own sessions; no registered client or API has this id.
OWN_CLIENT = "vestibule"


CLAIM_SOURCES: Mapping[str, Callable[[User, Sequence[str]], str]] = {
    "id": lambda user, _: user.id,
    "email": lambda user, _: user.email,
    "username": lambda user, _: user.username,
    "name": lambda user, _: user.name or user.username,
    "role": lambda _, roles: roles[0] if roles else "user",
}


@dataclass(frozen=True, slots=True)
class FurtherClaim:
    """A claim that operators add to access tokens for Vestibule's own API: its name, and one of CLAIM_SOURCES."""

    name: str
    source: str

    def value(self, user: User, roles: Sequence[str]) -> str:
        """Return the claim's value for this user."""
        return CLAIM_SOURCES[self.source](user, roles)


def is_complete(claims: Mapping[str, Any], own_audience: str) -> bool:
    """Whether an access token that Vestibule signed states what its kind has to state.

    A token for Vestibule's own API belongs to a session of its own: its audience alone must not open the API, because
    tokens that are issued for another client could name that audience too. Every other token names its client (RFC 9068
    section 2.2), and a session (`sid`) only if it ends with one.
    """
    audience, client_id, session_id = claims.get("aud"), claims.get("client_id"), claims.get("sid", "")
    if own_audience == audience or (isinstance(audience, list) and own_audience in audience):
        return client_id == OWN_CLIENT and isinstance(session_id, str) and session_id != ""
    return isinstance(client_id, str) and isinstance(session_id, str)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One row of `refresh_tokens`; all tokens of one session form a token family (RFC 9700).

    Times are microseconds since 1970 UTC. The successor stays sealed in the row until the reuse grace is over.
    """

    token_hash: str
    session_id: str
    issued_at: Instant
    expires_at: Instant
    consumed_at: Instant | None
    successor_hash: str | None
    successor_sealed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPolicy:
    """Issuer, audience and lifetimes (microseconds) of the tokens of token sessions.

    `session_idle`: how far a refresh moves the idle expiry of its session. `reuse_grace`: for how long a used refresh
    token is answered once more with its successor. `further_claims`: what access tokens for Vestibule's own API contain
    besides.
    """

    issuer: str
    audience: str
    access_lifetime: Duration
    refresh_idle: Duration
    session_idle: Duration
    reuse_grace: Duration
    further_claims: tuple[FurtherClaim, ...] = ()

    def is_lost_answer(self, consumed_at: Instant, now: Instant, *, own_clock: bool) -> bool:
        """Whether a consumed refresh token is sent again so soon that the first response may have been lost.

        `own_clock`: this process consumed it. The clock of another one may be ahead or behind by `CLOCK_SKEW`.
        """
        latest = self.reuse_grace if own_clock else self.reuse_grace + CLOCK_SKEW
        return -CLOCK_SKEW <= now - consumed_at <= latest

    @property
    def status(self) -> StatusPolicy:
        """The policy for status lists: where the status of tokens is published."""
        return StatusPolicy(issuer=self.issuer, access_lifetime=self.access_lifetime)


@dataclass(frozen=True, slots=True)
class AccessTokenClaims:
    """The claims of an access token about its session, beside issuer and times.

    `authenticated_at` and `ends_at` (the session's absolute expiry) are microseconds since 1970 UTC.
    """

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
class Rotation:
    """A refresh token that is to be consumed, its successor, and the data of the audit event.

    `event`: the event's id, address, User-Agent, device label and request id.
    """

    token_hash: str
    successor_hash: str
    successor_sealed: str
    event: tuple[str, str, str, str, str]

    @property
    def values(self) -> tuple[str, ...]:
        """All values in the order of the SQL parameters: token, successor (hash, sealed), event."""
        return (self.token_hash, self.successor_hash, self.successor_sealed, *self.event)

    def __repr__(self) -> str:
        return "Rotation(…)"


@dataclass(frozen=True, slots=True)
class RotationTimes:
    """What rotations of one batch share: the time, the new expiry times, and the audit event's action and detail.

    Times are microseconds since 1970 UTC; a session's absolute expiry bounds the two expiry times.
    """

    now: Instant
    successor_expires_at: Instant
    idle_expires_at: Instant
    action: str
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class RotatedToken:
    """A completed rotation: the claims of the next access token, and when the successor expires (microseconds since
    1970 UTC).
    """

    claims: AccessTokenClaims
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a verified access token contains: its session, its user, and its expiry (microseconds since 1970 UTC)."""

    session_id: str
    user_id: str
    expires_at: Instant


@dataclass(frozen=True, slots=True, repr=False)
class TokenPair:
    """The tokens that a sign-in to a token session, or a refresh, returns.

    `expires_in`: the access token's lifetime in seconds. `refresh_expires_at`: microseconds since 1970 UTC.
    """

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_at: Instant

    def __repr__(self) -> str:
        return "TokenPair(…)"

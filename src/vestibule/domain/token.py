"""Access and refresh tokens of the token door."""

from dataclasses import dataclass

from vestibule.domain.instant import Duration, Instant


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


@dataclass(frozen=True, slots=True, repr=False)
class TokenPair:
    """What the token door answers a sign-in or a refresh with."""

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_at: Instant

    def __repr__(self) -> str:
        return "TokenPair(…)"

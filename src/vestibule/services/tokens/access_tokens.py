"""Access tokens (JWT, RFC 9068): signed for Vestibule itself or for an API, and verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.crypto import jose
from vestibule.crypto.entropy import new_id
from vestibule.domain.api import Api
from vestibule.domain.instant import SECOND, to_seconds
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import Session
from vestibule.domain.token import AccessClaims, AccessTokenClaims, TokenPolicy, is_complete
from vestibule.domain.user import User
from vestibule.services.tokens.signing_keys import SigningKeys

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 section 2.1


@dataclass(eq=False, repr=False)
class AccessTokens:
    """Signs and verifies access tokens. Whether the session of one is still active is the session check's to say."""

    _clock: Clock
    _entropy: Entropy
    _policy: TokenPolicy
    _keys: SigningKeys

    @property
    def own_audience(self) -> str:
        """The audience of access tokens for Vestibule itself."""
        return self._policy.audience

    async def verify(self, access_token: str) -> AccessClaims | None:
        """Return what an access token for Vestibule states, if we signed it and it has not expired; else None. Its
        session may have ended.
        """
        claims = await self.claims(access_token, frozenset({self._policy.audience}))
        return AccessClaims(claims["sid"], claims["sub"], claims["exp"] * SECOND) if claims else None

    async def claims(self, access_token: str, audiences: frozenset[str]) -> dict[str, Any] | None:
        """Return all claims of a valid access token for one of these audiences, else None. Its session may be over; a
        token for an API may have none.
        """
        try:
            verifier = await self._keys.verifier(jose.key_id(access_token))
            if verifier is None:
                return None
            now = to_seconds(self._clock.now())
            claims = verifier.verify(
                access_token, typ=ACCESS_TOKEN_TYPE, issuer=self._policy.issuer, audience=audiences, now=now
            )
        except jose.InvalidToken:
            return None
        return claims if is_complete(claims, self._policy.audience) else None

    async def for_api(self, principal: Principal, api: Api, scopes: tuple[str, ...]) -> tuple[str, int]:
        """Sign an access token for an API (RFC 9068 section 2.2). Returns it with its lifetime in seconds."""
        claims = claims_of(principal.session, principal.user, principal.roles)
        about = {"aud": api.audience, "client_id": api.id, "scope": " ".join(scopes)}
        return await self._sign(claims, about)

    async def for_session(self, claims: AccessTokenClaims, user: User | None) -> tuple[str, int]:
        """Sign an access token for Vestibule itself. Returns it with its lifetime in seconds. `user`: needed for the
        further claims alone.
        """
        further = {claim.name: claim.value(user, claims.roles) for claim in self._policy.further_claims if user}
        return await self._sign(claims, further)

    async def _sign(self, session_claims: AccessTokenClaims, about: Mapping[str, Any]) -> tuple[str, int]:
        """Sign an access token. Returns it with its lifetime in seconds, which never exceeds that of its session."""
        now = self._clock.now()
        issued, expires = to_seconds(now), to_seconds(min(now + self._policy.access_lifetime, session_claims.ends_at))
        claims: dict[str, Any] = {
            "iss": self._policy.issuer,
            "sub": session_claims.user_id,
            "aud": self._policy.audience,
            "exp": expires,
            "iat": issued,
            "jti": new_id("token", now, self._entropy),
            "sid": session_claims.session_id,
            "client_id": session_claims.client_id,
            "auth_time": to_seconds(session_claims.authenticated_at),
            "amr": list(session_claims.amr),
            "acr": f"aal{session_claims.aal}",
            "roles": list(session_claims.roles),
            **about,
        }
        if session_claims.status_index is not None:
            claims["status"] = self._policy.status.claim(session_claims.status_index)
        return (await self._keys.signer()).sign(claims, typ=ACCESS_TOKEN_TYPE), expires - issued


def claims_of(session: Session, user: User, roles: tuple[str, ...]) -> AccessTokenClaims:
    """Return what access tokens of this session state."""
    return AccessTokenClaims(
        session.id,
        user.id,
        session.client_id,
        session.authenticated_at,
        session.amr,
        session.aal,
        roles,
        session.absolute_expires_at,
        session.status_index,
    )

"""Forward-auth: decides whether a reverse proxy may let a request through, and signs who sent it (no RFC; ADR 19)."""

from dataclasses import dataclass
from typing import Literal

from vestibule.crypto.forward_auth_cookies import ForwardAuthCookies
from vestibule.crypto.jose import Signer
from vestibule.domain.access_rule import AccessRules, Requirement, Unmet
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.instant import MINUTE, Duration, to_seconds
from vestibule.domain.ports import Clock
from vestibule.services.access.session_check import SESSION_ID, Checked, SessionCheck
from vestibule.services.sessions.session_cache import Entry
from vestibule.services.tokens.signing_keys import SigningKeys

FORWARD_TOKEN_TYPE = "vestibule-forward-auth+jwt"  # noqa: S105 - not an access token: with this type no API accepts it
LIFETIME: Duration = 2 * MINUTE

DenialReason = Literal["unclear"] | Unmet


@dataclass(frozen=True, slots=True)
class ForwardedRequest:
    """A request that the proxy wants decided. `target`: its path and query, as the proxy received them."""

    scheme: str
    host: str
    target: str
    method: str

    @property
    def origin(self) -> str:
        """The scheme, host and port: the audience of the signed header."""
        return f"{self.scheme}://{self.host}"

    @property
    def hostname(self) -> str:
        """The host without its port."""
        return self.host.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The decision that a request to this origin may go on, because `session` meets the requirement of its rule.
    `session` is None where the rule allows anonymous requests.
    """

    origin: str
    requirement: Requirement
    session: ActiveSession | None


@dataclass(frozen=True, slots=True)
class Denied:
    """The decision that the request may not go on."""

    reason: DenialReason


Decision = Allowed | Denied


@dataclass(eq=False, repr=False)
class ForwardAuth:
    """Decides forwarded requests by the access rules, and signs the user's identity for the application behind the
    proxy.
    """

    _clock: Clock
    _keys: SigningKeys
    _cookies: ForwardAuthCookies
    _check: SessionCheck
    rules: AccessRules
    _issuer: str

    def decide(self, request: ForwardedRequest, session: ActiveSession | None) -> Decision:
        """Decide whether this request may go on with this session (None: no valid credential). An unclear request is
        denied.
        """
        requirement = self.rules.requirement(request.hostname, request.target)
        if requirement is None:
            return Denied("unclear")
        unmet = requirement.unmet(session)
        return Allowed(request.origin, requirement, session) if unmet is None else Denied(unmet)

    async def token(self, origin: str, session: ActiveSession) -> str:
        """Return the signed header: who this session's user is, for the applications of one origin."""
        return self._signed(origin, session, await self._keys.signer())

    def token_at_once(self, origin: str, session: ActiveSession) -> str | None:
        """Return the signed header without I/O; None when the signing key has to be read first."""
        signer = self._keys.cached_signer()
        return None if signer is None else self._signed(origin, session, signer)

    def cached_by_cookie(self, value: str) -> Entry | None:
        """Return the cached session of a forward-auth cookie, without I/O. None means not cached, not invalid."""
        session_id = self._cookies.read(value)
        return self._check.cached(SESSION_ID, session_id) if session_id else None

    def forward_auth_cookie(self, session: ActiveSession) -> str:
        """Return the value of the cookie for the other hosts of the domain. Vestibule's own routes do not accept it."""
        return self._cookies.new(session.id)

    async def by_forward_auth_cookie(self, value: str) -> Checked | None:
        """Return the session of a forward-auth cookie; None when the cookie is not ours, or the session ended."""
        session_id = self._cookies.read(value)
        return None if session_id is None else await self._check.by_session_id(session_id)

    def _signed(self, origin: str, session: ActiveSession, signer: Signer) -> str:
        now = self._clock.now()
        claims = {
            "iss": self._issuer,
            "sub": session.user_id,
            "aud": origin,
            "iat": to_seconds(now),
            "exp": to_seconds(now + LIFETIME),
            "sid": session.id,
            "auth_time": to_seconds(session.authenticated_at),
            "amr": list(session.amr),
            "acr": f"aal{session.aal}",
            "roles": list(session.roles),
            "preferred_username": session.username,
            "name": session.display_name,
            "email": session.email,
            "email_verified": session.email_verified_at is not None,
        }
        return signer.sign(claims, typ=FORWARD_TOKEN_TYPE)

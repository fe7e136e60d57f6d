"""Forward-auth: decides whether a reverse proxy may let a request through, and signs who sent it (no RFC; ADR 19)."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from vestibule.crypto.forward_auth_cookies import ForwardAuthCookies
from vestibule.crypto.jose import Signer
from vestibule.domain.access_rule import AccessRules, Requirement
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.instant import MINUTE, Duration, Instant, to_seconds
from vestibule.domain.ports import Clock
from vestibule.services.access.session_check import SESSION_ID, Checked, SessionCheck
from vestibule.services.sessions.session_cache import Entry
from vestibule.services.tokens.signing_keys import SigningKeys

FORWARD_TOKEN_TYPE = "vestibule-forward-auth+jwt"  # noqa: S105 - not an access token: with this type no API accepts it
LIFETIME: Duration = 2 * MINUTE
_FRESH: Duration = MINUTE
_REMEMBERED = 2_000

_Key = tuple[str, str, str]
DenialReason = Literal["unclear", "closed", "sign_in", "assurance", "role", "email"]


@dataclass(frozen=True, slots=True)
class ForwardedRequest:
    """A request that the proxy wants decided. `target`: its path and query, as the proxy received them."""

    scheme: str
    host: str
    target: str

    @property
    def origin(self) -> str:
        """The scheme, host and port: the audience of the signed header."""
        return f"{self.scheme}://{self.host}"

    @property
    def hostname(self) -> str:
        """The host without its port."""
        return self.host.partition(":")[0]


@dataclass(frozen=True, slots=True, eq=False)
class Allowed:
    """The decision that the request may go on. `session` is None where the rule allows anonymous requests; `token` is
    the signed header. The same object is returned for the same decision, so that its headers are encoded once.
    """

    session: ActiveSession | None
    token: str


_ANONYMOUS = Allowed(None, "")


@dataclass(slots=True)
class SignedDecision:
    """An allow decision with its signed token. `until`: how long it is reused (microseconds since 1970 UTC). `session`:
    the session as it was checked last.
    """

    allowed: Allowed
    until: Instant
    session: ActiveSession


@dataclass(frozen=True, slots=True, eq=False)
class MatchedRequest:
    """A forwarded request and what its first matching rule requires. It is the same object for the same cache key."""

    request: ForwardedRequest
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Denied:
    """The decision that the request may not go on. `requirement`: that of the rule; None for an unclear request."""

    reason: DenialReason
    requirement: Requirement | None = None


Decision = Allowed | Denied


class ForwardAuth:
    """Decides forwarded requests by the access rules, and signs the user's identity for the application behind the
    proxy.
    """

    def __init__(
        self,
        clock: Clock,
        keys: SigningKeys,
        cookies: ForwardAuthCookies,
        check: SessionCheck,
        rules: AccessRules,
        issuer: str,
    ) -> None:
        self._clock = clock
        self._keys = keys
        self._cookies = cookies
        self._check = check
        self._issuer = issuer
        self._decisions: OrderedDict[_Key, SignedDecision] = OrderedDict()
        self.rules = rules

    async def decide(self, request: ForwardedRequest, session: ActiveSession | None) -> Decision:
        """Decide whether this request may go on with this session (None: no valid credential). An unclear request is
        denied.
        """
        denied = self.denial(request, session)
        if denied is not None:
            return denied
        if session is None:
            return _ANONYMOUS
        decision = self._cached_decision(request, session) or self._signed(request, session, await self._keys.signer())
        return decision.allowed

    def denial(self, request: ForwardedRequest, session: ActiveSession | None) -> Denied | None:
        """Return why this request may not go on with this session (None: no valid credential); None when it may."""
        requirement = self.requirement(request)
        if requirement is None:
            return Denied("unclear")
        reason = _missing(requirement, session)
        return None if reason is None else Denied(reason, requirement)

    def requirement(self, request: ForwardedRequest) -> Requirement | None:
        """Return what the first matching rule requires; None when the address of the request is not clear."""
        return self.rules.requirement(request.hostname, request.target)

    def cached(self, matched: MatchedRequest, session: ActiveSession) -> SignedDecision | None:
        """Return an allow decision for this session, from the cache or signed now, without I/O. None means not cached,
        not denied.
        """
        if _missing(matched.requirement, session) is not None:
            return None
        if decision := self._cached_decision(matched.request, session):
            return decision
        signer = self._keys.cached_signer()
        return self._signed(matched.request, session, signer) if signer else None

    def is_fresh(self, decision: SignedDecision) -> bool:
        """Return whether this decision may still be reused."""
        return self._clock.now() < decision.until

    @staticmethod
    def cached_anonymous(matched: MatchedRequest) -> Allowed | None:
        """Return the allow decision for a request without credentials, if its rule is public. None is not a denial."""
        return _ANONYMOUS if _missing(matched.requirement, None) is None else None

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

    def _cached_decision(self, request: ForwardedRequest, session: ActiveSession) -> SignedDecision | None:
        decision = self._decisions.get(_key(request, session))
        if decision is None or not self.is_fresh(decision) or not _has_same_claims(decision.session, session):
            return None
        decision.session = session
        return decision

    def _signed(self, request: ForwardedRequest, session: ActiveSession, signer: Signer) -> SignedDecision:
        """Sign an allow decision and cache it: one signature serves a minute of requests to one host by one session."""
        key, now = _key(request, session), self._clock.now()
        token = signer.sign(self._claims(request, session, now), typ=FORWARD_TOKEN_TYPE)
        decision = self._decisions[key] = SignedDecision(Allowed(session, token), now + _FRESH, session)
        self._decisions.move_to_end(key)
        if len(self._decisions) > _REMEMBERED:
            self._decisions.popitem(last=False)
        return decision

    def _claims(self, request: ForwardedRequest, session: ActiveSession, now: Instant) -> dict[str, object]:
        return {
            "iss": self._issuer,
            "sub": session.user_id,
            "aud": request.origin,
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


def _key(request: ForwardedRequest, session: ActiveSession) -> _Key:
    return session.id, request.scheme, request.host


def _missing(requirement: Requirement, session: ActiveSession | None) -> DenialReason | None:
    """Return the first part of the requirement that is not met, in the order in which a user can fix them; None if
    none.
    """
    if requirement.closed:
        return "closed"
    if requirement.public:
        return None
    if session is None:
        return "sign_in"
    if session.aal < requirement.aal:
        return "assurance"
    if requirement.roles and not requirement.roles & set(session.roles):
        return "role"
    return "email" if requirement.verified_email and session.email_verified_at is None else None


def _has_same_claims(one: ActiveSession, other: ActiveSession) -> bool:
    """Return whether nothing changed that the signed token states."""
    return one is other or one == other._replace(last_seen_at=one.last_seen_at, idle_expires_at=one.idle_expires_at)

"""The fast path of forward-auth: repeats an earlier allow decision for a session that is still cached."""

from functools import lru_cache
from typing import NamedTuple

from starlette.types import Scope

from vestibule.domain.active_session import ActiveSession
from vestibule.fastpath.answers import CachedAnswer, FastRoute, Headers
from vestibule.http.bearer import BEARER
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.http.forward_answers import allowed_headers
from vestibule.http.original_request import common_facts
from vestibule.http.security_headers import Envelope
from vestibule.services.access.decision_cache import DecisionCache
from vestibule.services.access.forward_auth import ForwardAuth, MatchedRequest, SignedDecision
from vestibule.services.access.session_check import COOKIE, SessionCheck
from vestibule.services.sessions.session_cache import Entry

PATHS = ("/forward-auth", "/forward-auth/nginx")
_MOST = 2_000


class _SessionDecision(NamedTuple):
    """An allow decision about one request and one session, with its answer."""

    request: MatchedRequest
    session: ActiveSession
    decision: SignedDecision
    answer: CachedAnswer


class FastForwardAuth(FastRoute):
    """Serves cached allow decisions only; denials and cache misses fall through."""

    method = "GET"
    route = PATHS[0]

    def __init__(
        self,
        decisions: DecisionCache,
        check: SessionCheck,
        forward_auth: ForwardAuth,
        cookies: Cookies,
        config: HttpConfig,
    ) -> None:
        self._decisions = decisions
        self._check = check
        self._forward_auth = forward_auth
        self._cookies = cookies
        self._latest: dict[bytes, _SessionDecision] = {}
        envelope = Envelope(config)
        # Encoded once for each decision: every request to an application behind a proxy takes one.
        self._headers = lru_cache(_MOST)(lambda allowed: envelope.around(allowed_headers(allowed).pairs))

    def cached(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """Return the cached allow answer, without I/O. None means not cached, not denied."""
        client = scope["client"]
        request = self._decisions.get((client[0], common_facts(headers))) if client and not form else None
        if request is None:
            return None
        cookie, authorization = headers.get(b"cookie"), headers.get(b"authorization")
        if cookie or authorization:
            entry = self._entry(cookie, authorization)
            return self._of_session(request, entry) if entry else None
        allowed = self._forward_auth.cached_anonymous(request)
        return None if allowed is None else CachedAnswer(self._headers(allowed), b"")

    async def fetch(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """As `cached`, once the cache has caught up with revocations; a session that is not cached falls through."""
        return self.cached(scope, headers, form) if await self._check.coherence.holds() else None

    def _of_session(self, request: MatchedRequest, entry: Entry) -> CachedAnswer | None:
        """The latest answer is kept by the key of the session's cache entry, and counts while its session is the same
        object.
        """
        last = self._latest.get(entry.key)
        same = last is not None and last.request is request and last.session is entry.session
        if last is not None and same and self._forward_auth.is_fresh(last.decision):
            return last.answer
        decision = self._forward_auth.cached(request, entry.session)
        if decision is None:
            return None
        answer = CachedAnswer(self._headers(decision.allowed), b"")
        self._latest[entry.key] = _SessionDecision(request, entry.session, decision, answer)
        if len(self._latest) > _MOST:
            del self._latest[next(iter(self._latest))]
        return answer

    def _entry(self, cookie: bytes | None, authorization: bytes | None) -> Entry | None:
        """The cached session of the first credential, in the ordinary route's order. An unknown credential is a cache
        miss here, while the ordinary route tries the next one.
        """
        cookies = self._cookies.read((cookie.decode("latin-1"),)) if cookie else {}
        if secret := cookies.get(self._cookies.session_name):
            return self._check.cached(COOKIE, secret)
        if value := cookies.get(self._cookies.forward_auth_name):
            return self._forward_auth.cached_by_cookie(value)
        bearer = BEARER.match(authorization.decode("latin-1")) if authorization else None
        return self._check.cached_bearer(bearer[1]) if bearer else None

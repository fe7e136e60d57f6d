"""The fast path of forward-auth: repeats an earlier allow decision for a session that is still cached."""

from starlette.types import Scope

from vestibule.fastpath.answers import CachedAnswer, FastRoute, Headers
from vestibule.http.bearer import BEARER
from vestibule.http.cookies import Cookies
from vestibule.http.original_request import common_facts
from vestibule.http.raw_headers import RawHeaders
from vestibule.services.access.decision_cache import DecisionCache
from vestibule.services.access.forward_auth import ForwardAuth
from vestibule.services.access.session_check import COOKIE, SessionCheck
from vestibule.services.sessions.session_cache import Entry

PATHS = ("/forward-auth", "/forward-auth/nginx")


class FastForwardAuth(FastRoute):
    """Serves cached allow decisions only; denials and cache misses fall through."""

    method = "GET"
    route = PATHS[0]

    def __init__(
        self, decisions: DecisionCache[RawHeaders], check: SessionCheck, forward_auth: ForwardAuth, cookies: Cookies
    ) -> None:
        self._decisions = decisions
        self._check = check
        self._forward_auth = forward_auth
        self._cookies = cookies

    def cached(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """Return the cached allow answer, without I/O. None means not cached, not denied."""
        client, cookie, authorization = scope["client"], headers.get(b"cookie"), headers.get(b"authorization")
        # A proxy's request has no body; and without the peer's address no proxy can be trusted.
        if form or not client:
            return None
        session = None
        if cookie or authorization:
            entry = self._entry(cookie, authorization)
            # The credential may be valid and only not cached here: the ordinary route looks it up.
            if entry is None:
                return None
            session = entry.session
        answer = self._decisions.cached((client[0], common_facts(headers)), session)
        return None if answer is None else CachedAnswer(answer, b"")

    async def fetch(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """As `cached`, once the cache has caught up with revocations; a session that is not cached falls through."""
        return self.cached(scope, headers, form) if await self._check.coherence.holds() else None

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

"""The fast path of the two session checks, `GET /api/session` and `GET /api/auth/profile`.

Serves a plain `GET` with one good credential; anything else (another origin, a body, a query, two credentials) falls
through to the ordinary route.
"""

from collections.abc import Callable
from hmac import compare_digest

import msgspec
from starlette.types import Scope

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.errors import VestibuleError
from vestibule.domain.profile_fields import ProfileFields
from vestibule.domain.session import SessionType
from vestibule.fastpath.answers import CachedAnswer, FastRoute, Headers
from vestibule.fastpath.encoded_answers import EncodedAnswer, EncodedAnswers
from vestibule.http.bearer import BEARER
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.http.host import Hosts
from vestibule.http.raw_headers import RawHeaders
from vestibule.http.security_headers import Envelope
from vestibule.schemas.account import AccountView
from vestibule.schemas.sessions import checked_session
from vestibule.schemas.users import checked_user
from vestibule.services.abuse.csrf import Csrf
from vestibule.services.access.session_check import ACCESS_TOKEN, COOKIE, Checked, SessionCheck
from vestibule.services.sessions.session_cache import Entry

_ENCODE = msgspec.json.Encoder().encode
_UNUSUAL = frozenset({b"origin", b"content-length", b"transfer-encoding"})
_SESSION = "/api/session"
_BODIES: dict[str, Callable[[ActiveSession, ProfileFields], bytes]] = {
    _SESSION: lambda session, fields: _ENCODE(checked_session(session, fields)),
    "/api/auth/profile": lambda session, fields: _ENCODE(AccountView(user=checked_user(session, fields))),
}
ROUTES = tuple(_BODIES)
_NONE = (COOKIE, "", "")


class FastSession(FastRoute):
    """Checks a session, by the session cookie or an access token.

    A browser whose CSRF token does not match its session gets one that does, as from the ordinary route. That token is
    made and checked once for each cached session, so a program that keeps no cookies costs no more than a browser.
    """

    method = "GET"

    def __init__(
        self,
        route: str,
        check: SessionCheck,
        answers: EncodedAnswers,
        csrf: Csrf,
        cookies: Cookies,
        config: HttpConfig,
    ) -> None:
        self.route = route
        self._check = check
        self._answers = answers
        self._csrf = csrf
        self._cookies = cookies
        self._hosts = Hosts(config)
        self._encode = _BODIES[route]
        self._profile_fields = config.profile_fields
        self._headers = Envelope(config).around([(b"content-type", b"application/json")])

    def cached(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """Return the answer from the session cache, without I/O. None means not cached."""
        kind, credential, csrf_token = self._credential(scope, headers)
        entry = None if form or not credential else self._check.cached(kind, credential)
        # Not cached is not refused: the ordinary route asks the database.
        if entry is None:
            return None
        return self._answer(self._headers, entry, csrf_token)

    async def fetch(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """Return the answer from the cache or the database; a deployment may have no cache. None falls through."""
        kind, credential, csrf_token = _NONE if form else self._credential(scope, headers)
        by = self._check.by_cookie if kind is COOKIE else self._check.by_access_token
        try:
            found = await by(credential) if credential else None
        except VestibuleError:
            return None  # an outage: the ordinary route reports it
        if found is None:
            return None
        return self._answer(self._renewed(found, credential), found.entry, csrf_token)

    def _credential(self, scope: Scope, headers: Headers) -> tuple[bytes, str, str]:
        """The kind of credential of a plain request, the credential, and the CSRF token beside a cookie. The credential
        is empty when there is none, or not exactly one.
        """
        cookie, authorization = headers.get(b"cookie"), headers.get(b"authorization")
        plain = self._hosts.knows(headers.get(b"host", b"")) and _UNUSUAL.isdisjoint(headers)
        # Another host, an Origin, a body, a query or a second spelling of the path: the ordinary route's checks decide.
        if not plain or scope["query_string"] or b"%" in (scope.get("raw_path") or b""):
            return _NONE
        if cookie and authorization is None:
            sent, names = self._cookies.read((cookie.decode("latin-1"),)), self._cookies
            return COOKIE, sent.get(names.session_name, ""), sent.get(names.xsrf_name, "")
        bearer = BEARER.match(authorization.decode("latin-1")) if authorization and cookie is None else None
        return ACCESS_TOKEN, bearer[1] if bearer else "", ""

    def _answer(self, headers: RawHeaders, entry: Entry, csrf_token: str) -> CachedAnswer:
        encoded = self._answers.get(entry, self.route)
        if encoded is None:
            encoded = self._answers.put(entry, self.route, self._encode(entry.session, self._profile_fields))
        return CachedAnswer(self._with_token(headers, encoded, csrf_token), encoded.body)

    def _with_token(self, headers: RawHeaders, encoded: EncodedAnswer, csrf_token: str) -> RawHeaders:
        """The headers; with a CSRF token when a browser asks who is signed in and lacks one that matches."""
        session, known = encoded.session, encoded.csrf_token
        # Programs ask for the profile or with a token: neither has a use for a CSRF token.
        if self.route != _SESSION or session.type is not SessionType.COOKIE:
            return headers
        if csrf_token and (compare_digest(csrf_token, known) or self._csrf.matches(csrf_token, session.id)):
            encoded.csrf_token = csrf_token
            return headers
        encoded.csrf_token = known or self._csrf.token_for(session.id)
        return headers.with_one(b"set-cookie", self._cookies.xsrf(encoded.csrf_token).encode())

    def _renewed(self, entry: Checked, secret: str) -> RawHeaders:
        """The headers; with the session cookie again when this check extended the idle expiry, so that both move on."""
        if not entry.touched or self.route != _SESSION or entry.session.type is not SessionType.COOKIE:
            return self._headers
        return self._headers.with_one(b"set-cookie", self._cookies.session(secret).encode())

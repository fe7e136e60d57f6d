"""The short way of the two session checks: the question that every request asks.

A plain `GET` with one good credential; anything else (another origin, a body, a query, two credentials) goes the long
way.
"""

from collections.abc import Callable

import msgspec
from starlette.types import Scope

from vestibule.domain.errors import VestibuleError
from vestibule.domain.session import Door
from vestibule.http.cookies import Cookies
from vestibule.http.edge import Edge
from vestibule.http.host import Hosts
from vestibule.http.raw_headers import RawHeaders
from vestibule.middleware.envelope import Envelope
from vestibule.middleware.principal import BEARER
from vestibule.middleware.short_ways import Given, Known, Way
from vestibule.schemas.account import AccountView
from vestibule.schemas.base import timestamp
from vestibule.schemas.login import CurrentSession
from vestibule.schemas.users import checked_user
from vestibule.services.session_cache import Entry
from vestibule.services.session_check import ACCESS_TOKEN, COOKIE, Checked, SessionCheck

_ENCODE = msgspec.json.Encoder().encode
_UNUSUAL = frozenset({b"origin", b"content-length", b"transfer-encoding"})


def _current_session(found: Entry) -> bytes:
    session = found.session
    user = checked_user(session)
    expires = timestamp(session.expires_at)
    return _ENCODE(CurrentSession(user=user, session_id=session.id, expires_at=expires, aal=session.aal))


def _profile(found: Entry) -> bytes:
    return _ENCODE(AccountView(user=checked_user(found.session)))


_SESSION = "/api/session"
_BODIES: dict[str, Callable[[Entry], bytes]] = {_SESSION: _current_session, "/api/auth/profile": _profile}
ROUTES = tuple(_BODIES)


class SessionWay(Way):
    """By the session cookie or by an access token."""

    method = "GET"

    def __init__(self, route: str, check: SessionCheck, cookies: Cookies, edge: Edge) -> None:
        self.route = route
        self._check = check
        self._cookies = cookies
        self._hosts = Hosts(edge)
        self._encode = _BODIES[route]
        self._headers = Envelope(edge).around([(b"content-type", b"application/json")])

    def known(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """From the cache."""
        kind, credential = self._credential(scope, given)
        entry = None if form or not credential else self._check.known(kind, credential)
        return None if entry is None else Known(self._headers, self._body(entry))

    async def found(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """From the database too: a deployment may have no cache."""
        kind, credential = (COOKIE, "") if form else self._credential(scope, given)
        try:
            found = await self._looked_up(kind, credential) if credential else None
        except VestibuleError:
            return None
        return None if found is None else Known(self._renewed(found, credential), self._body(found.entry))

    def _credential(self, scope: Scope, given: Given) -> tuple[bytes, str]:
        """The only one of a plain question; empty when it is none."""
        cookie, authorization = given.get(b"cookie"), given.get(b"authorization")
        plain = self._hosts.knows(given.get(b"host", b"")) and _UNUSUAL.isdisjoint(given)
        if not plain or scope["query_string"] or b"%" in (scope.get("raw_path") or b""):
            return COOKIE, ""
        if cookie and authorization is None:
            return COOKIE, self._cookies.read((cookie.decode("latin-1"),)).get(self._cookies.session_name, "")
        bearer = BEARER.match(authorization.decode("latin-1")) if authorization and cookie is None else None
        return ACCESS_TOKEN, bearer[1] if bearer else ""

    async def _looked_up(self, kind: bytes, credential: str) -> Checked | None:
        by = self._check.by_cookie if kind is COOKIE else self._check.by_access_token
        return await by(credential)

    def _body(self, entry: Entry) -> bytes:
        if entry.route != self.route:
            entry.route, entry.body = self.route, self._encode(entry)
        return entry.body

    def _renewed(self, found: Checked, secret: str) -> RawHeaders:
        """With the same cookie anew when the server has moved the idle expiry on: its lifetime starts again too."""
        if not found.touched or self.route != _SESSION or found.session.kind is not Door.BROWSER:
            return self._headers
        return self._headers.with_one(b"set-cookie", self._cookies.session(secret).encode())

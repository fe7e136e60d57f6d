"""The short way in for the question that every request asks.

A plain `GET` of the two session checks with a good credential is answered here, outside of routing and the other
layers; whatever is unusual (another origin, a body, a query, two credentials) or refused goes the long way. Both ways
answer alike: tests/api/test_lean_path.py holds them together.
"""

import time
from collections.abc import Callable

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.domain.errors import VestibuleError
from vestibule.domain.session import Door
from vestibule.http.cookies import Cookies
from vestibule.http.edge import Edge
from vestibule.http.host import Hosts
from vestibule.middleware.envelope import accepted, security_headers
from vestibule.middleware.principal import BEARER
from vestibule.observability.logs import request_logged
from vestibule.observability.metrics import Metrics
from vestibule.schemas.account import AccountView
from vestibule.schemas.base import timestamp
from vestibule.schemas.login import CurrentSession
from vestibule.schemas.users import checked_user
from vestibule.services.session_check import Checked, SessionCheck

_ENCODE = msgspec.json.Encoder().encode
_UNUSUAL = frozenset({b"origin", b"content-length", b"transfer-encoding"})


def _current_session(found: Checked) -> bytes:
    session = found.session
    user = checked_user(session)
    expires = timestamp(session.expires_at)
    return _ENCODE(CurrentSession(user=user, session_id=session.id, expires_at=expires, aal=session.aal))


def _profile(found: Checked) -> bytes:
    return _ENCODE(AccountView(user=checked_user(found.session)))


_SESSION = "/api/session"
_BODIES: dict[str, Callable[[Checked], bytes]] = {_SESSION: _current_session, "/api/auth/profile": _profile}


class SessionCheckMiddleware:
    """Stands in front of everything else, and lets everything else through."""

    def __init__(
        self, app: ASGIApp, check: SessionCheck, cookies: Cookies, edge: Edge, metrics: Metrics,
        new_request_id: Callable[[], str],
    ) -> None:  # fmt: skip
        self._app = app
        self._check = check
        self._cookies = cookies
        self._hosts = Hosts(edge)
        self._metrics = metrics
        self._new_request_id = new_request_id
        self._headers = [(b"content-type", b"application/json"), *security_headers(edge)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer when the request is plain and the credential good; else pass on."""
        if scope["type"] == "http" and scope["path"] in _BODIES and scope["method"] == "GET":
            started = time.perf_counter()
            if (found := await self._found(scope)) is not None:
                await self._answer(found, scope, send, started)
                return
        await self._app(scope, receive, send)

    async def _found(self, scope: Scope) -> Checked | None:
        if scope["query_string"] or b"%" in (scope.get("raw_path") or b""):
            return None
        authorization, cookie, count, hosts = "", "", 0, 0
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization, count = value.decode("latin-1"), count + 1
            elif name == b"cookie":
                cookie, count = value.decode("latin-1"), count + 1
            elif name == b"host":
                hosts += 1 if self._hosts.knows(value) else 2
            elif name in _UNUSUAL:
                return None
        return await self._judged(authorization, cookie) if count == 1 and hosts == 1 else None

    async def _judged(self, authorization: str, cookie: str) -> Checked | None:
        try:
            if cookie:
                return await self._by_cookie(cookie)
            bearer = BEARER.match(authorization)
            return await self._check.by_access_token(bearer[1]) if bearer else None
        except VestibuleError:
            return None

    async def _by_cookie(self, header: str) -> Checked | None:
        secret = self._cookies.read((header,)).get(self._cookies.session_name)
        return await self._check.by_cookie(secret) if secret else None

    async def _answer(self, found: Checked, scope: Scope, send: Send, started: float) -> None:
        entry, route = found.entry, scope["path"]
        if entry.route != route:
            entry.route, entry.body = route, _BODIES[route](found)
        body = entry.body
        request_id = accepted(scope) or self._new_request_id()
        headers = [(b"content-length", b"%d" % len(body)), *self._headers, (b"x-request-id", request_id.encode())]
        if found.touched and route == _SESSION and found.session.kind is Door.BROWSER:
            headers.append((b"set-cookie", self._renewed(scope).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        seconds = time.perf_counter() - started
        request_logged(scope, 200, seconds, request_id)
        self._metrics.observe("GET", route, 200, seconds)

    def _renewed(self, scope: Scope) -> str:
        """The same cookie with its lifetime started anew, as the server has moved the idle expiry on too."""
        header = next(value for name, value in scope["headers"] if name == b"cookie")
        return self._cookies.session(self._cookies.read((header.decode("latin-1"),))[self._cookies.session_name])

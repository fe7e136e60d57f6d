"""The short way for introspection: an API that asks again about a token is answered from the cache.

Only a plain question (RFC 7662 section 2.1: a form, one client by HTTP Basic) whose very bytes were answered before, by
the long way, with "active". Whatever ends the session, the key or the client's secret ends the answer, in every worker.
"""

import re
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.domain.errors import VestibuleError
from vestibule.http.edge import Edge
from vestibule.http.host import Hosts
from vestibule.middleware.envelope import accepted, security_headers
from vestibule.observability.logs import request_logged
from vestibule.observability.metrics import Metrics
from vestibule.services.session_check import SessionCheck

PATH = "/oauth/introspect"
_FORM = b"application/x-www-form-urlencoded"
_LENGTH = re.compile(rb"\d{1,4}\Z")
_PLAIN = frozenset({b"host", b"authorization", b"content-type", b"content-length", b"user-agent", b"accept",
                    b"accept-encoding", b"connection", b"x-request-id"})  # fmt: skip


class IntrospectionPassMiddleware:
    """Answers what is known, and passes the rest on as it came."""

    def __init__(
        self, app: ASGIApp, check: SessionCheck, edge: Edge, metrics: Metrics, new_request_id: Callable[[], str]
    ) -> None:
        self._app = app
        self._check = check
        self._hosts = Hosts(edge)
        self._metrics = metrics
        self._new_request_id = new_request_id
        self._headers = [(b"content-type", b"application/json"), *security_headers(edge)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        plain = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        asked = self._plain(scope) if plain else None
        if asked is None:
            await self._app(scope, receive, send)
            return
        started, first = time.perf_counter(), await receive()
        body = await self._known(*asked, first)
        if body is None:
            await self._app(scope, _again(first, receive), send)
            return
        await self._answer(body, scope, send, started)

    def _plain(self, scope: Scope) -> tuple[bytes, int] | None:
        """The one Authorization header of a plain question, and the length of its form."""
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in found or name not in _PLAIN:
                return None
            found[name] = value
        length, authorization = found.get(b"content-length", b""), found.get(b"authorization")
        known = found.get(b"content-type") == _FORM and self._hosts.knows(found.get(b"host", b""))
        if authorization is None or not known or scope["query_string"] or not _LENGTH.match(length):
            return None
        return authorization, int(length)

    async def _known(self, authorization: bytes, length: int, message: Message) -> bytes | None:
        if message["type"] != "http.request" or len(message.get("body", b"")) != length:
            return None
        try:
            return await self._check.answer(self._check.question(authorization, message["body"]))
        except VestibuleError:
            return None

    async def _answer(self, body: bytes, scope: Scope, send: Send, started: float) -> None:
        request_id = accepted(scope) or self._new_request_id()
        headers = [(b"content-length", b"%d" % len(body)), *self._headers, (b"x-request-id", request_id.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        seconds = time.perf_counter() - started
        request_logged(scope, 200, seconds, request_id)
        self._metrics.observe("POST", PATH, 200, seconds)


def _again(first: Message, receive: Receive) -> Receive:
    """The request from its beginning."""
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay

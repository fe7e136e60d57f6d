"""The fast path: session checks, forward-auth and introspection, answered from the cache before routing.

Serves plain requests whose answer is cached and positive. Everything else (an unusual request, a cache miss, a refusal)
falls through to the ordinary routes; both give the same answer (tests/api/test_fast_path.py compares them). Our own
server tries it before it builds an ASGI request (server/fastpath_protocol.py); under other servers FastPathMiddleware
does. VESTIBULE_FAST_PATH=off leaves everything to the ordinary routes.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.http import limits
from vestibule.http.raw_headers import RawHeaders
from vestibule.http.request_id import accepted
from vestibule.observability.logs import request_logged
from vestibule.observability.metrics import Metrics

# Scope key for a callable of our own server: it writes a FastResponse directly, and returns whether it did.
DELIVER = "vestibule.deliver"
Headers = Mapping[bytes, bytes]


class CachedAnswer(NamedTuple):
    """A 200 response: its headers (beside content-length and x-request-id) and its body."""

    headers: RawHeaders
    body: bytes


class FastRoute(Protocol):
    """One route that can be answered from the cache. `route`: its label in metrics."""

    method: str
    route: str

    def cached(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """Return the cached answer, without I/O. None means not cached, not refused.

        `headers`: by lower-case name, none sent twice.
        """
        ...

    async def fetch(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """Return the answer after a lookup that may do I/O. None falls through to the ordinary route."""
        ...


class FastResponse(NamedTuple):
    """A 200 response with its request id, ready to be written."""

    answer: CachedAnswer
    request_id: bytes

    def encoded(self, more: bytes) -> bytes:
        """Return the bytes of an HTTP/1.1 response (RFC 9112 section 4). `more`: further header lines."""
        body = self.answer.body
        return b"HTTP/1.1 200 OK\r\n%b%bcontent-length: %d\r\nx-request-id: %b\r\n\r\n%b" % (
            self.answer.headers.encoded,
            more,
            len(body),
            self.request_id,
            body,
        )

    async def send(self, send: Send) -> None:
        """Send the response as ASGI messages."""
        body, own = self.answer.body, [(b"x-request-id", self.request_id)]
        headers = [(b"content-length", b"%d" % len(body)), *self.answer.headers.pairs, *own]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class FastPath:
    """The routes that can be answered from the cache, by path."""

    def __init__(self, routes: Mapping[str, FastRoute], metrics: Metrics, new_request_id: Callable[[], str]) -> None:
        self._routes = routes
        self._metrics = metrics
        self._new_request_id = new_request_id
        self.targets = {path.encode(): route for path, route in routes.items()}

    def route(self, scope: Scope) -> FastRoute | None:
        """Return the fast route for the path and method of this request, or None."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        return route if route is not None and route.method == scope["method"] else None

    def cached(self, route: FastRoute, scope: Scope, form: bytes) -> FastResponse | None:
        """Return the cached response, logged and counted, without I/O. None means not cached."""
        started, pairs = time.perf_counter(), scope["headers"]
        headers = dict(pairs)
        answer = route.cached(scope, headers, form) if len(headers) == len(pairs) else None
        return None if answer is None else self._ready(answer, route, scope, headers, started)

    async def fetch(self, route: FastRoute, scope: Scope, form: bytes) -> FastResponse | None:
        """Return the response after a lookup, logged and counted. None falls through to the ordinary route."""
        started, pairs = time.perf_counter(), scope["headers"]
        headers = dict(pairs)
        answer = await route.fetch(scope, headers, form) if len(headers) == len(pairs) else None
        return None if answer is None else self._ready(answer, route, scope, headers, started)

    def _ready(
        self, answer: CachedAnswer, route: FastRoute, scope: Scope, headers: Headers, started: float
    ) -> FastResponse:
        request_id = accepted(headers.get(b"x-request-id")) or self._new_request_id()
        seconds = time.perf_counter() - started
        request_logged(scope, 200, seconds, request_id)
        self._metrics.observe(route.method, route.route, 200, seconds)
        return FastResponse(answer, request_id.encode())


class FastPathMiddleware:
    """The outermost layer: answers over the fast path, or passes the request on."""

    def __init__(self, app: ASGIApp, fast_path: FastPath) -> None:
        self._app = app
        self._fast_path = fast_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer over the fast path, or pass the request on with its body replayed."""
        route = self._fast_path.route(scope)
        if route is None:
            await self._app(scope, receive, send)
            return
        first = await _first(receive) if route.method == "POST" else {}
        form = first.get("body", b"")
        answer = self._fast_path.cached(route, scope, form) or await self._fast_path.fetch(route, scope, form)
        if answer is None:
            await self._app(scope, _again(first, receive) if first else receive, send)
        elif DELIVER not in scope or not scope[DELIVER](answer):
            await answer.send(send)


async def _first(receive: Receive) -> Message:
    """The first part of a body; empty when it is late, in which case BodyLimitMiddleware raises the error."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limits.BODY_SECONDS):
            return await receive()
    return {}


def _again(first: Message, receive: Receive) -> Receive:
    """A `receive` that first repeats this message."""
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay

"""The short ways: questions that every request to somebody's application asks are answered outside of everything else.

A plain question, to which a yes is known, is answered here; whatever is unusual or refused goes the long way. Both ways
answer alike: tests/api/test_lean_path.py holds them together. Our own server asks before it makes an ASGI request of it
(server/protocol.py), others pass through the layer below.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.http.raw_headers import RawHeaders
from vestibule.middleware import body_limit
from vestibule.middleware.envelope import accepted
from vestibule.observability.logs import request_logged
from vestibule.observability.metrics import Metrics

# Where our own server leaves a function of the request that takes a short answer as it is, and says whether it did.
DELIVER = "vestibule.deliver"
Given = Mapping[bytes, bytes]


class Known(NamedTuple):
    """A yes: what the answer carries beside its length and request id, and its body."""

    headers: RawHeaders
    body: bytes


class Way(Protocol):
    """One kind of question. `route`: what it is counted under."""

    method: str
    route: str

    def known(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """The answer, if it can be given without waiting. `given`: the headers, no name of which came twice."""
        ...

    async def found(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """The answer, if it is worth waiting for here."""
        ...


class ShortAnswer(NamedTuple):
    """200, ready to be sent."""

    known: Known
    request_id: bytes

    def encoded(self, more: bytes) -> bytes:
        """As it goes over the wire (RFC 9112 section 4). `more`: further header lines."""
        body = self.known.body
        return b"HTTP/1.1 200 OK\r\n%b%bcontent-length: %d\r\nx-request-id: %b\r\n\r\n%b" % (
            self.known.headers.encoded, more, len(body), self.request_id, body,
        )  # fmt: skip

    async def send(self, send: Send) -> None:
        """As ASGI has it."""
        body, own = self.known.body, [(b"x-request-id", self.request_id)]
        headers = [(b"content-length", b"%d" % len(body)), *self.known.headers.pairs, *own]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class ShortWays:
    """By path."""

    def __init__(self, ways: Mapping[str, Way], metrics: Metrics, new_request_id: Callable[[], str]) -> None:
        self._ways = ways
        self._metrics = metrics
        self._new_request_id = new_request_id
        self.targets = {path.encode(): way for path, way in ways.items()}

    def way(self, scope: Scope) -> Way | None:
        """The one for this request."""
        way = self._ways.get(scope["path"]) if scope["type"] == "http" else None
        return way if way is not None and way.method == scope["method"] else None

    def known(self, way: Way, scope: Scope, form: bytes) -> ShortAnswer | None:
        """The answer, if it can be given without waiting; it is logged and counted as given."""
        started, headers = time.perf_counter(), scope["headers"]
        given = dict(headers)
        answer = way.known(scope, given, form) if len(given) == len(headers) else None
        return None if answer is None else self._ready(answer, way, scope, given, started)

    async def found(self, way: Way, scope: Scope, form: bytes) -> ShortAnswer | None:
        """The answer, if it is worth waiting for."""
        started, headers = time.perf_counter(), scope["headers"]
        given = dict(headers)
        answer = await way.found(scope, given, form) if len(given) == len(headers) else None
        return None if answer is None else self._ready(answer, way, scope, given, started)

    def _ready(self, answer: Known, way: Way, scope: Scope, given: Given, started: float) -> ShortAnswer:
        request_id = accepted(given.get(b"x-request-id")) or self._new_request_id()
        seconds = time.perf_counter() - started
        request_logged(scope, 200, seconds, request_id)
        self._metrics.observe(way.method, way.route, 200, seconds)
        return ShortAnswer(answer, request_id.encode())


class ShortWaysMiddleware:
    """Stands in front of everything else, and lets everything else through."""

    def __init__(self, app: ASGIApp, ways: ShortWays) -> None:
        self._app = app
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        way = self._ways.way(scope)
        if way is None:
            await self._app(scope, receive, send)
            return
        first = await _first(receive) if way.method == "POST" else {}
        form = first.get("body", b"")
        answer = self._ways.known(way, scope, form) or await self._ways.found(way, scope, form)
        if answer is None:
            await self._app(scope, _again(first, receive) if first else receive, send)
        elif DELIVER not in scope or not scope[DELIVER](answer):
            await answer.send(send)


async def _first(receive: Receive) -> Message:
    """The first part of a body; nothing when it is late, which the layer that bounds bodies will see for itself."""
    with suppress(TimeoutError):
        async with asyncio.timeout(body_limit.BODY_SECONDS):
            return await receive()
    return {}


def _again(first: Message, receive: Receive) -> Receive:
    """The request from its beginning."""
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay

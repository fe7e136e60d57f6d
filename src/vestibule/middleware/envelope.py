"""What every answer carries (a request id, security headers) and what every request leaves behind (a line, a count)."""

import re
import time
from collections.abc import Callable, Iterable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.http.edge import Edge
from vestibule.http.raw_headers import RawHeaders
from vestibule.observability.logs import bind_request, request_logged
from vestibule.observability.metrics import Metrics

_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


def security_headers(edge: Edge) -> list[tuple[bytes, bytes]]:
    """The headers of every answer (ASVS 3.4)."""
    policy = dict(_POLICY)
    if edge.development:
        policy["frame-src"] = "'self'"  # the mailbox page shows a mail's HTML in a sandboxed frame
    headers = [
        (b"content-security-policy", "; ".join(f"{k} {v}" for k, v in policy.items()).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (b"cache-control", b"no-store"),
        (b"vary", b"Origin"),
    ]
    if edge.secure:
        headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return headers


class Envelope:
    """The headers of every answer. An answer that sets one of them itself has its reason and keeps its value."""

    def __init__(self, edge: Edge) -> None:
        self._pairs = security_headers(edge)

    def missing(self, pairs: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """What an answer with these headers lacks."""
        present = {name.lower() for name, _ in pairs}
        return [pair for pair in self._pairs if pair[0] not in present]

    def around(self, pairs: Sequence[tuple[bytes, bytes]]) -> RawHeaders:
        """These and what they lack, for an answer that is given outside of EnvelopeMiddleware."""
        return RawHeaders([*pairs, *self.missing(pairs)])


def accepted(value: bytes | None) -> str | None:
    """An X-Request-Id from upstream, if it is well-formed."""
    return value.decode() if value and _ACCEPTED.match(value) else None


class EnvelopeMiddleware:
    """Around every answer that was not given before."""

    def __init__(self, app: ASGIApp, edge: Edge, metrics: Metrics, new_request_id: Callable[[], str]) -> None:
        self._app = app
        self._envelope = Envelope(edge)
        self._metrics = metrics
        self._new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the id in `scope["state"]`, adding what is missing to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        request_id = accepted(wanted) or self._new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        bind_request(request_id)
        started, status = time.perf_counter(), 0

        async def send_in_envelope(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message["headers"]
                own = (b"x-request-id", request_id.encode())
                message["headers"] = [*given, *self._envelope.missing(given), own]
            await send(message)

        try:
            await self._app(scope, receive, send_in_envelope)
        finally:
            seconds = time.perf_counter() - started
            request_logged(scope, status, seconds, request_id)
            self._metrics.observe(scope["method"], scope.get("vestibule.route", "other"), status, seconds)

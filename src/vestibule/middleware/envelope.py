"""Adds a request id and the security headers to every response; logs and counts every request."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.http.config import HttpConfig
from vestibule.http.request_id import accepted
from vestibule.http.security_headers import Envelope
from vestibule.observability.logs import bind_request, request_logged
from vestibule.observability.metrics import Metrics


class EnvelopeMiddleware:
    """Wraps every response but those of the fast path, which add the same by themselves."""

    def __init__(self, app: ASGIApp, config: HttpConfig, metrics: Metrics, new_request_id: Callable[[], str]) -> None:
        self._app = app
        self._envelope = Envelope(config)
        self._metrics = metrics
        self._new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its id in `scope["state"]`; add the headers that the response lacks."""
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
                headers = message["headers"]
                own = (b"x-request-id", request_id.encode())
                message["headers"] = [*headers, *self._envelope.missing(headers), own]
            await send(message)

        try:
            await self._app(scope, receive, send_in_envelope)
        finally:
            seconds = time.perf_counter() - started
            request_logged(scope, status, seconds, request_id)
            self._metrics.observe(scope["method"], scope.get("vestibule.route", "other"), status, seconds)

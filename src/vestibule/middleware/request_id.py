"""A request id on every answer, in every log line and every error; and one log line per request."""

import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.observability.logs import bind_request, get_logger, request_logged

_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")
_log = get_logger("request")


class RequestIdMiddleware:
    """Takes a well-formed X-Request-Id from upstream, or makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the id in `scope["state"]`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _upstream(scope) or scope["app"].state.new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        bind_request(request_id)
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            request_logged(_log, scope, status, seconds)
            scope["app"].state.metrics.observe(scope, status, seconds)


def _upstream(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTED.match(value):
            return str(value.decode())
    return None

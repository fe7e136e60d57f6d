"""Closes connections: all of a worker that drains, and those that another middleware chooses."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def closing(send: Send) -> Send:
    """Return a `send` that adds `Connection: close` to the response (RFC 9112 section 9.6)."""

    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return send_and_close


class DrainingMiddleware:
    """Closes every connection after its response.

    A connection left open and idle when the server stops is one on which a proxy could send a request that is never
    read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and close the connection after the response."""
        await self._app(scope, receive, closing(send))

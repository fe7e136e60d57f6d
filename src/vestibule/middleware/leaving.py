"""What a server that was told to stop does with its last requests."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def closing(send: Send) -> Send:
    """Send answers that close their connection (RFC 9112 section 9.6)."""

    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return send_and_close


class LeavingMiddleware:
    """Every answer closes its connection: none is left open and idle when the server stops, on which a proxy could send
    one more request that is never read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and close after the answer."""
        await self._app(scope, receive, closing(send))

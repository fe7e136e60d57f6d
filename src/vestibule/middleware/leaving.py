"""What a server that was told to stop does with its last requests."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class LeavingMiddleware:
    """Every answer closes its connection (RFC 9112 section 9.6): none is left open and idle when the server stops, on
    which a proxy could send one more request that nobody reads.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and close after the answer."""

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, closing)

"""Bodies beyond the limit are refused before they are read, or while they stream in."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.domain.errors import BodyTooLarge


class BodyLimitMiddleware:
    """Counts what arrives; a false Content-Length helps nobody."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value[:12]) > self._limit):
                raise BodyTooLarge(f"Send at most {self._limit} bytes.")
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise BodyTooLarge(f"Send at most {self._limit} bytes.")
            return message

        await self._app(scope, receive_counted, send)

"""Bodies beyond the limit of size or time are refused: never kept, and never read beyond a bound."""

import asyncio
from contextlib import suppress
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.domain.errors import BodyTooLarge, SlowBody

_DISCARD_BYTES = 32 * 1024 * 1024
_DISCARD_SECONDS = 5
BODY_SECONDS = 15


async def _receive_within(receive: Receive, seconds: float) -> tuple[Message, float]:
    """The next part of the body, and how long it took. Raises SlowBody."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(seconds):
            message = await receive()
    except TimeoutError as error:
        raise SlowBody from error
    return message, loop.time() - began


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
                await self._refuse(receive, 0)
        received, waited = 0, 0.0

        async def receive_counted() -> Message:
            nonlocal received, waited
            message, seconds = await _receive_within(receive, BODY_SECONDS - waited)
            waited += seconds
            received += len(message.get("body", b""))
            if received > self._limit:
                await self._refuse(receive, received)
            return message

        await self._app(scope, receive_counted, send)

    async def _refuse(self, receive: Receive, received: int) -> NoReturn:
        """Let the rest go by unkept for a while: a client that is cut off while it sends never reads the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while received <= _DISCARD_BYTES:
                    message = await receive()
                    received += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        break
        raise BodyTooLarge(f"Send at most {self._limit} bytes.")

"""Bodies beyond the limit of size or time are refused: never kept, and never read beyond a bound."""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.domain.errors import BodyTooLarge, LostBody, SlowBody

_DISCARD_BYTES = 32 * 1024 * 1024
_DISCARD_SECONDS = 5
BODY_SECONDS = 15


class BodyLimitMiddleware:
    """Counts what arrives; a false Content-Length helps nobody."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting. Raises BodyTooLarge at once when the announced length is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._limit)
        given = dict(scope["headers"])
        # Beside chunks a length means nothing (RFC 9112 section 6.3), where a server lets both through.
        if b"content-length" in given and b"transfer-encoding" not in given:
            await body.announce(given[b"content-length"])
        await self._app(scope, body.receive, send)


class _Body:
    """The body of one request while it arrives. Its limits end with it: what comes after is the end of the connection,
    for which a stream may wait as long as it lives.
    """

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._announced: int | None = None
        self._arrived = 0
        self._seconds = 0.0
        self._is_whole = False

    async def announce(self, length: bytes) -> None:
        """Take note of a Content-Length. Raises BodyTooLarge."""
        # Space around it and zeros in front of it are passed on by some servers; only then is a long one a large one.
        digits = length.strip().lstrip(b"0") or length.strip()
        if not digits.isdigit() or int(digits[:12]) > self._limit:
            await self._refuse()
        self._announced = int(digits[:12])

    async def receive(self) -> Message:
        """The next part, or what comes after the last one. Raises BodyTooLarge, LostBody, SlowBody."""
        if self._is_whole:
            return await self._receive()
        message = await self._within_time()
        self._arrived += len(message.get("body", b""))
        if self._arrived > self._limit:
            await self._refuse()
        self._is_whole = not message.get("more_body", False)
        is_last = self._is_whole and message["type"] == "http.request"
        # A server that takes an upgrade for the end of the message passes on less (docs/guides/embedded.md).
        if is_last and self._announced not in (None, self._arrived):
            raise LostBody
        return message

    async def _within_time(self) -> Message:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(BODY_SECONDS - self._seconds):
                return await self._receive()
        except TimeoutError as error:
            raise SlowBody from error
        finally:
            self._seconds += loop.time() - began

    async def _refuse(self) -> None:
        """Let the rest go by unkept for a while: a client that is cut off while it sends never reads the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while self._arrived <= _DISCARD_BYTES:
                    message = await self._receive()
                    self._arrived += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        break
        raise BodyTooLarge(f"Send at most {self._limit} bytes.")

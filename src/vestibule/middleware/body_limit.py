"""Refuses bodies that are too large or too slow: none is kept beyond the limit, or read beyond a bound."""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.domain.errors import BodyTooLarge, LostBody, SlowBody
from vestibule.http import limits

_DISCARD_BYTES = 32 * 1024 * 1024
_DISCARD_SECONDS = 5


class BodyLimitMiddleware:
    """Bounds bodies by the bytes that arrive, so that a false Content-Length gains nothing."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body is counted. Raises BodyTooLarge at once by Content-Length."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._limit)
        headers = dict(scope["headers"])
        # Content-Length means nothing beside chunks (RFC 9112 section 6.3); some servers let both through.
        if b"content-length" in headers and b"transfer-encoding" not in headers:
            await body.announce(headers[b"content-length"])
        await self._app(scope, body.receive, send)


class _Body:
    """The body of one request while it arrives. The limits end with the body: the next message is the disconnect, for
    which a stream waits as long as it lives.
    """

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._announced: int | None = None
        self._arrived = 0
        self._seconds = 0.0
        self._is_whole = False

    async def announce(self, length: bytes) -> None:
        """Keep the value of Content-Length for a later comparison. Raises BodyTooLarge."""
        # Some servers pass on spaces around it and leading zeros; without these, many digits mean a large number.
        digits = length.strip().lstrip(b"0") or length.strip()
        if not digits.isdigit() or int(digits[:12]) > self._limit:
            await self._refuse()
        self._announced = int(digits[:12])

    async def receive(self) -> Message:
        """Return a part of the body, or the message that follows it. Raises BodyTooLarge, LostBody, SlowBody."""
        if self._is_whole:
            return await self._receive()
        message = await self._within_time()
        self._arrived += len(message.get("body", b""))
        if self._arrived > self._limit:
            await self._refuse()
        self._is_whole = not message.get("more_body", False)
        is_last = self._is_whole and message["type"] == "http.request"
        # A server that takes an upgrade for the end of the message passes on fewer bytes (docs/guides/embedded.md).
        if is_last and self._announced not in (None, self._arrived):
            raise LostBody
        return message

    async def _within_time(self) -> Message:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(limits.BODY_SECONDS - self._seconds):
                return await self._receive()
        except TimeoutError as error:
            raise SlowBody from error
        finally:
            self._seconds += loop.time() - began

    async def _refuse(self) -> None:
        """Discard the rest for a while, then raise BodyTooLarge: a client cut off while sending reads no answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while self._arrived <= _DISCARD_BYTES:
                    message = await self._receive()
                    self._arrived += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        break
        raise BodyTooLarge(f"Send at most {self._limit} bytes.")

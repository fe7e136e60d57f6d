"""One connection of our own server: uvicorn's HTTP/1.1 protocol with limits on size, number and time.

RFC 9112; ASVS 4.2.1, 4.2.5. Each request becomes an ASGI request, as in any other server. Reads no setting and knows
nothing of the application; `server/fastpath_protocol.py` adds the answers that come before ASGI.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from vestibule.server.upgrades import UpgradeIgnoringProtocol

HEAD_BYTES = 64 * 1024
HEAD_LINES = 100
# Seconds within which the head of a request must be complete, and after which an idle connection is closed.
HEAD_SECONDS = 15
# Seconds after which a response that the client has stopped reading is abandoned.
READ_SECONDS = 60
# Bytes of chunk framing that a body may carry beside its content.
MOST_FRAMING = 512 * 1024
# Bytes of a body that are discarded after its response: clients that have not seen it yet keep sending for a while.
LEFT_OVER_BYTES = 1024 * 1024
_REFUSAL = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b"
)
_VERSIONS = frozenset({"1.0", "1.1"})


class HeadTooLarge(Exception):
    """The request line and headers exceed a bound; the connection ends with 400."""


class UnknownVersion(Exception):
    """The request is not HTTP/1.0 or 1.1; the connection ends with 400."""


class Lingering:
    """The transport of a response to a request whose body has not arrived completely.

    An immediate close with unread bytes would send a TCP reset, which can destroy the response before the client reads
    it (RFC 9112 section 9.6).
    """

    def __init__(self, protocol: "LimitedProtocol", cycle: RequestResponseCycle) -> None:
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing
        self._protocol = protocol
        self._cycle = cycle

    def close(self) -> None:
        """Close the connection; while the body is still arriving, only the sending side, so that the client ends it."""
        if self._cycle.more_body:
            self._protocol.linger()
        else:
            self._protocol.transport.close()


class LimitedProtocol(UpgradeIgnoringProtocol):
    """The protocol of one client connection, with bounds for all that a client may send, leave unsent or leave unread.

    `waits_since`: the time of the event loop's clock, in seconds, since which a request's head is due; None while none
    is. `is_discarding`: whether the connection only waits for the client to close it; what arrives is not parsed.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.waits_since: float | None = None
        self.is_discarding = self._in_head = False
        self._arrived = self._head_bytes = self._framing = self._left_over = 0
        self._unread_since: float | None = None
        self._timeout_check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timeouts of a new connection: its first request must arrive within HEAD_SECONDS."""
        super().connection_made(transport)  # type: ignore[arg-type] # asyncio's own signature
        self.waits_since = self.loop.time()
        self._timeout_check = self.loop.call_later(HEAD_SECONDS, self._check_timeouts)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timeouts of a closed connection."""
        if self._timeout_check is not None:
            self._timeout_check.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a part of a request, one, or several. A head or framing that is too large is answered with 400."""
        # After a refusal the rest of the stream has no known meaning: parsed, it could become a second request.
        if self.is_discarding:
            self._skip(len(data))
            return
        self._arrived = len(data)
        # Chunked bodies have framing beside their content: sizes, extensions, trailers; five bytes for a chunk of one.
        self._framing += self._arrived
        self._head_bytes += self._arrived if self._in_head else 0
        # Refused before parsing: a head that never ends, or framing without content, would fill the memory.
        if self._head_bytes > HEAD_BYTES or self._framing > MOST_FRAMING:
            self.send_400_response("Too many bytes beside the content.")
            return
        super().data_received(data)
        self.linger_until_whole()

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn never returns True
        """The client closed its sending side: a complete request is answered first (True), a stream ends (False)."""
        cycle = self.cycle
        # No request, or a response that has begun: a stream of events would go on for a client that is gone.
        if cycle is None or cycle.response_started:
            return False
        cycle.keep_alive = False
        cycle.transport = self.transport  # no more of the body can arrive, so there is nothing to linger for
        return True

    def pause_writing(self) -> None:
        """Note since when the client has not been reading its response."""
        super().pause_writing()
        self._unread_since = self.loop.time()

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        super().resume_writing()
        self._unread_since = None

    def on_message_begin(self) -> None:
        """Start counting the bytes and the time of a new request."""
        super().on_message_begin()
        self._in_head, self._head_bytes, self._framing, self._left_over = True, 0, 0, 0
        self.waits_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header line. Trailers (RFC 9112 section 7.1.2) are dropped: no proxy has checked them."""
        # A line outside of the head is a trailer. Kept, it would pass for a header such as X-Forwarded-For.
        if not self._in_head:
            return
        name = name.lower()
        self.headers.append((name, value))
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Check the head of a request, and begin it. Raises HeadTooLarge, UnknownVersion, TunnelRefused."""
        if self.parser.get_http_version() not in _VERSIONS:
            raise UnknownVersion
        # The first piece of a head in several was not counted, and one that came at once may be too large.
        may_be_large = self._head_bytes or self._arrived > HEAD_BYTES
        if len(self.headers) > HEAD_LINES or (may_be_large and self._head_size() > HEAD_BYTES):
            raise HeadTooLarge
        # Parsed once more, without the Upgrade header: only then does the parser read its body as a body.
        if self.is_upgrade():
            return
        self._in_head, self.waits_since = False, None
        self.begin_request()

    def begin_request(self) -> None:
        """Start an ASGI request: the head is complete and within its bounds."""
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body on to the ASGI request, or discard it once the response is complete."""
        # Eight bytes of framing are free for each byte of content: honest clients send chunks larger than one byte.
        self._framing = max(0, self._framing - 8 * len(body))
        super().on_body(body)
        if self.cycle.response_complete:
            self._skip(len(body))

    def on_message_complete(self) -> None:
        """End the body of the ASGI request."""
        # Only the head of a request for an upgrade was parsed; the request is complete when that is parsed again.
        if self._in_head:
            return
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The response is sent: expect the rest of an unread body, or another request, within HEAD_SECONDS."""
        super().on_response_complete()
        self.waits_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """Answer malformed input with 400 and linger, so that a client that is still sending can read the response."""
        cycle = self.cycle
        # The application still works on a request: this 400 takes the place of its response.
        if cycle is not None and not cycle.response_complete:
            super().send_400_response(msg)
            return
        text = msg.encode()
        self.transport.write(_REFUSAL % (len(text), text))
        self.linger()

    def linger(self) -> None:
        """Send nothing more and discard what arrives, until the client closes the connection or a timeout does."""
        self.is_discarding, self._left_over, self.waits_since = True, 0, self.loop.time()
        if not self.transport.is_closing():
            self.transport.write_eof()

    def linger_until_whole(self) -> None:
        """Make a response that ends the connection linger, if the body of its request has not arrived completely."""
        cycle = self.cycle
        if cycle is not None and cycle.more_body and cycle.transport is self.transport:
            cycle.transport = Lingering(self, cycle)  # type: ignore[assignment] # it has what the cycle uses

    def _skip(self, count: int) -> None:
        """Discard bytes that follow a response; more than LEFT_OVER_BYTES of them abort the connection."""
        self._left_over += count
        if self._left_over > LEFT_OVER_BYTES:
            self.transport.abort()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _check_timeouts(self) -> None:
        """Close the connection when its request head or its reader is late; else check again at the next limit."""
        # Already ending: connection_lost follows.
        if self.transport.is_closing():
            return
        left = min(
            HEAD_SECONDS - self._seconds_since(self.waits_since),
            READ_SECONDS - self._seconds_since(self._unread_since),
        )
        if left > 0:
            self._timeout_check = self.loop.call_later(left, self._check_timeouts)
        elif self._unread_since is None:
            self.transport.close()
        else:
            self.transport.abort()  # close() would wait for the client to read the rest

    def _seconds_since(self, since: float | None) -> float:
        return 0.0 if since is None else self.loop.time() - since

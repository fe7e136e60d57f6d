"""One connection of our own server: uvicorn's protocol with limits on size, number and time, and the fast path.

RFC 9112; ASVS 4.2.1, 4.2.5. A request that needs I/O, or is unusual, becomes an ASGI request as in any other server.
"""

import asyncio
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from vestibule.app import Application
from vestibule.fastpath.answers import DELIVER, FastResponse, FastRoute
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
_PLAIN_VERSION = "1.1"
_REFUSAL = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b"
)
_VERSIONS = frozenset({"1.0", _PLAIN_VERSION})


class HeadTooLarge(Exception):
    """The request line and headers exceed a bound; the connection ends with 400."""


class UnknownVersion(Exception):
    """The request is not HTTP/1.0 or 1.1; the connection ends with 400."""


class Lingering:
    """The transport of a response to a request whose body has not arrived completely.

    An immediate close with unread bytes would send a TCP reset, which can destroy the response before the client reads
    it (RFC 9112 section 9.6).
    """

    def __init__(self, protocol: "HttpProtocol", cycle: RequestResponseCycle) -> None:
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


class HttpProtocol(UpgradeIgnoringProtocol):
    """The protocol of one client connection.

    A request eligible for the fast path is buffered only until the current read is parsed; an incomplete one becomes a
    normal ASGI request.
    """

    app: Application

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = self._discarding = False
        self._arrived = self._head_bytes = self._framing = self._left_over = 0
        self._fast_route: FastRoute | None = None
        self._form = b""
        self._waits_since: float | None = None
        self._unread_since: float | None = None
        self._timeout_check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timeouts of a new connection: its first request must arrive within HEAD_SECONDS."""
        super().connection_made(transport)  # type: ignore[arg-type] # asyncio's own signature
        self._waits_since = self.loop.time()
        self._timeout_check = self.loop.call_later(HEAD_SECONDS, self._check_timeouts)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timeouts of a closed connection."""
        if self._timeout_check is not None:
            self._timeout_check.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a part of a request, one, or several. A head or framing that is too large is answered with 400."""
        if self._discarding:
            self._skip(len(data))
            return
        self._arrived = len(data)
        # Chunked bodies have framing beside their content: sizes, extensions, trailers; five bytes for a chunk of one.
        self._framing += self._arrived
        self._head_bytes += self._arrived if self._in_head else 0
        if self._head_bytes > HEAD_BYTES or self._framing > MOST_FRAMING:
            self.send_400_response("Too many bytes beside the content.")
            return
        super().data_received(data)
        if self._discarding:
            self._fast_route = None
        elif self._fast_route is not None:
            self._pass_on()
        if self.cycle is not None and self.cycle.more_body and self.cycle.transport is self.transport:
            self.cycle.transport = Lingering(self, self.cycle)  # type: ignore[assignment] # it has what the cycle uses

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn never returns True
        """The client closed its sending side: a complete request is answered first (True), a stream ends (False)."""
        cycle = self.cycle
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
        self._waits_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header line. Trailers (RFC 9112 section 7.1.2) are dropped: no proxy has checked them."""
        if not self._in_head:
            return
        name = name.lower()
        self.headers.append((name, value))
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Check the head; then buffer a request for the fast path, or start an ASGI request.

        Raises HeadTooLarge, UnknownVersion, TunnelRefused.
        """
        if self.parser.get_http_version() not in _VERSIONS:
            raise UnknownVersion
        # The first piece of a head in several was not counted, and one that came at once may be too large.
        may_be_large = self._head_bytes or self._arrived > HEAD_BYTES
        if len(self.headers) > HEAD_LINES or (may_be_large and self._head_size() > HEAD_BYTES):
            raise HeadTooLarge
        if self.is_upgrade():
            return
        self._in_head, self._waits_since = False, None
        self._fast_route, self._form = self._match_fast_path(), b""
        if self._fast_route is None:
            self._begin()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body: buffer it for the fast path, pass it to ASGI, or discard it after the response."""
        self._framing = max(0, self._framing - 8 * len(body))
        if self._fast_route is not None:
            self._form += body
            return
        super().on_body(body)
        if self.cycle.response_complete:
            self._skip(len(body))

    def on_message_complete(self) -> None:
        """The request is complete: answer it from the cache, or pass it on to ASGI."""
        if self._in_head:  # only its head was parsed, and will be parsed again without the Upgrade header
            return
        if self._fast_route is not None:
            if (answer := self._cached(self._fast_route)) is not None:
                self._fast_route, self._waits_since = None, self.loop.time()
                self.server_state.total_requests += 1
                self.transport.write(answer)
                return
            self._pass_on()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The response is sent: expect the rest of an unread body, or another request, within HEAD_SECONDS."""
        super().on_response_complete()
        self._waits_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """Answer malformed input with 400 and linger, so that a client that is still sending can read the response."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            super().send_400_response(msg)
            return
        text = msg.encode()
        self.transport.write(_REFUSAL % (len(text), text))
        self.linger()

    def linger(self) -> None:
        """Send nothing more and discard what arrives, until the client closes the connection or a timeout does."""
        self._discarding, self._left_over, self._waits_since = True, 0, self.loop.time()
        if not self.transport.is_closing():
            self.transport.write_eof()

    def _skip(self, count: int) -> None:
        """Discard bytes that follow a response; more than LEFT_OVER_BYTES of them abort the connection."""
        self._left_over += count
        if self._left_over > LEFT_OVER_BYTES:
            self.transport.abort()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _match_fast_path(self) -> FastRoute | None:
        """The fast route for this request, if it is plain and no earlier request waits for its answer."""
        route, parser, cycle = self.app.fast_path.targets.get(self.url), self.parser, self.cycle
        if (
            route is None
            or not (cycle is None or cycle.response_complete)
            or not parser.should_keep_alive()
            or parser.get_http_version() != _PLAIN_VERSION
            or self.expect_100_continue
            or self.flow.write_paused
            or self.transport.is_closing()
            or self.app.is_draining
        ):
            return None
        scope = self.scope
        scope["method"], scope["path"] = parser.get_method().decode("ascii"), self.url.decode("ascii")
        scope["raw_path"], scope["query_string"] = self.url, b""
        return route if scope["method"] == route.method else None

    def _cached(self, route: FastRoute) -> bytes | None:
        """The encoded response, if its answer is cached; None leaves the request to the ordinary path."""
        scope: Any = self.scope
        try:
            answer = self.app.fast_path.cached(route, scope, self._form)
        except Exception:  # noqa: BLE001 - the ordinary path meets the error again and reports it
            return None
        return None if answer is None else self._encoded(answer)

    def _pass_on(self) -> None:
        """Turn the buffered request into an ASGI request, with the part of its body that has arrived."""
        self._fast_route = None
        self._begin()
        if self._form:
            super().on_body(self._form)

    def _begin(self) -> None:
        """Start an ASGI request. The fast path may still write its answer directly after a lookup (`DELIVER`)."""
        super().on_headers_complete()
        if self.url in self.app.fast_path.targets:
            scope: Any = self.scope
            scope[DELIVER] = partial(self._deliver, self.cycle)

    def _deliver(self, cycle: RequestResponseCycle, answer: FastResponse) -> bool:
        """Write the answer and complete the request; False when the connection needs the ordinary path to do so."""
        if not cycle.keep_alive or cycle.disconnected or self.flow.write_paused or self.app.is_draining:
            return False
        cycle.response_started = cycle.response_complete = True
        self.transport.write(self._encoded(answer))
        cycle.on_response()
        return True

    def _encoded(self, answer: FastResponse) -> bytes:
        return answer.encoded(b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]))

    def _check_timeouts(self) -> None:
        """Close the connection when its request head or its reader is late; else check again at the next limit."""
        if self.transport.is_closing():
            return
        left = min(
            HEAD_SECONDS - self._seconds_since(self._waits_since),
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

"""One connection of our own server: uvicorn's, with bounds of size, number and time, and the short ways in front.

RFC 9112; ASVS 4.2.1, 4.2.5. Whatever has to wait, or is not plain, becomes an ASGI request as in any other server.
"""

import asyncio
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from vestibule.app import Application
from vestibule.middleware.short_ways import DELIVER, ShortAnswer, Way
from vestibule.server.upgrades import UpgradeIgnoringProtocol

HEAD_BYTES = 64 * 1024
HEAD_LINES = 100
# A request's head must be whole this many seconds after its first byte, and a connection be used as often.
HEAD_SECONDS = 15
# An answer that is not read any further is given up after these.
READ_SECONDS = 60
# What a body may bring along that is no content.
MOST_FRAMING = 512 * 1024
# What may still come of a body after its answer; clients that have not seen the answer yet go on for a while.
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
    """Not HTTP/1.0 or 1.1; the connection ends with 400."""


class Lingering:
    """The transport of an answer to a request whose body is not all here yet.

    Closed at once, it would tell of bytes that nobody read, by a reset that takes the answer along (RFC 9112 section
    9.6).
    """

    def __init__(self, protocol: "HttpProtocol", cycle: RequestResponseCycle) -> None:
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing
        self._protocol = protocol
        self._cycle = cycle

    def close(self) -> None:
        """Say that this was all, and let the other side end."""
        if self._cycle.more_body:
            self._protocol.linger()
        else:
            self._protocol.transport.close()


class HttpProtocol(UpgradeIgnoringProtocol):
    """Held requests live no longer than the bytes that brought them: what is not whole then is passed on."""

    app: Application

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = self._is_deaf = False
        self._arrived = self._head_bytes = self._framing = self._left_over = 0
        self._way: Way | None = None
        self._form = b""
        self._waits_since: float | None = None
        self._unread_since: float | None = None
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there, who must say something."""
        super().connection_made(transport)  # type: ignore[arg-type] # asyncio's own signature
        self._waits_since = self.loop.time()
        self._patience = self.loop.call_later(HEAD_SECONDS, self._lose_patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of one request, of several, or of a part of one."""
        if self._is_deaf:
            self._skip(len(data))
            return
        self._arrived = len(data)
        # Of chunked bodies, what is no content: sizes, extensions, trailers. A chunk of one byte has five of them.
        self._framing += self._arrived
        self._head_bytes += self._arrived if self._in_head else 0
        if self._head_bytes > HEAD_BYTES or self._framing > MOST_FRAMING:
            self.send_400_response("Too many bytes beside the content.")
            return
        super().data_received(data)
        if self._is_deaf:
            self._way = None
        elif self._way is not None:
            self._pass_on()
        if self.cycle is not None and self.cycle.more_body and self.cycle.transport is self.transport:
            self.cycle.transport = Lingering(self, self.cycle)  # type: ignore[assignment] # all it needs of one

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn never says True
        """The other side says no more: a request that it has sent is answered first; a stream ends."""
        cycle = self.cycle
        if cycle is None or cycle.response_started:
            return False
        cycle.keep_alive = False
        cycle.transport = self.transport  # nothing more will come that could be waited for
        return True

    def pause_writing(self) -> None:
        """The other side does not read what it asked for."""
        super().pause_writing()
        self._unread_since = self.loop.time()

    def resume_writing(self) -> None:
        """It reads on."""
        super().resume_writing()
        self._unread_since = None

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes, self._framing, self._left_over = True, 0, 0, 0
        self._waits_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line. Those behind a body (RFC 9112 section 7.1.2) are dropped: no proxy has judged them."""
        if not self._in_head:
            return
        name = name.lower()
        self.headers.append((name, value))
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Hold what may be answered at once; the rest is an ASGI request.

        Raises HeadTooLarge, UnknownVersion, TunnelRefused.
        """
        if self.parser.get_http_version() not in _VERSIONS:
            raise UnknownVersion
        # Of a head in several pieces the first was not counted; a single piece may be larger than a head may be.
        may_be_large = self._head_bytes or self._arrived > HEAD_BYTES
        if len(self.headers) > HEAD_LINES or (may_be_large and self._head_size() > HEAD_BYTES):
            raise HeadTooLarge
        if self.is_upgrade():
            return
        self._in_head, self._waits_since = False, None
        self._way, self._form = self._short_way(), b""
        if self._way is None:
            self._begin()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._framing = max(0, self._framing - 8 * len(body))
        if self._way is not None:
            self._form += body
            return
        super().on_body(body)
        if self.cycle.response_complete:
            self._skip(len(body))

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._in_head:  # only its head was read, and will be read again without the upgrade
            return
        if self._way is not None:
            if (answer := self._known(self._way)) is not None:
                self._way, self._waits_since = None, self.loop.time()
                self.server_state.total_requests += 1
                self.transport.write(answer)
                return
            self._pass_on()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is out, and what comes next is due: the rest of a body that nobody waited for, or a request."""
        super().on_response_complete()
        self._waits_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, in a way that whoever is still talking gets to read."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            super().send_400_response(msg)
            return
        text = msg.encode()
        self.transport.write(_REFUSAL % (len(text), text))
        self.linger()

    def linger(self) -> None:
        """Nothing more is said or understood; the other side may read, and end the connection, in its time."""
        self._is_deaf, self._left_over, self._waits_since = True, 0, self.loop.time()
        if not self.transport.is_closing():
            self.transport.write_eof()

    def _skip(self, count: int) -> None:
        """What comes after an answer is not kept, and there is an end to it."""
        self._left_over += count
        if self._left_over > LEFT_OVER_BYTES:
            self.transport.abort()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _short_way(self) -> Way | None:
        """The one for this question, if it is plain and nothing before it is still unanswered."""
        way, parser, cycle = self.app.short_ways.targets.get(self.url), self.parser, self.cycle
        if (
            way is None
            or not (cycle is None or cycle.response_complete)
            or not parser.should_keep_alive()
            or parser.get_http_version() != _PLAIN_VERSION
            or self.expect_100_continue
            or self.flow.write_paused
            or self.transport.is_closing()
            or self.app.is_leaving
        ):
            return None
        scope = self.scope
        scope["method"], scope["path"] = parser.get_method().decode("ascii"), self.url.decode("ascii")
        scope["raw_path"], scope["query_string"] = self.url, b""
        return way if scope["method"] == way.method else None

    def _known(self, way: Way) -> bytes | None:
        """What goes over the wire, when it is known."""
        scope: Any = self.scope
        try:
            answer = self.app.short_ways.known(way, scope, self._form)
        except Exception:  # noqa: BLE001 - the long way meets it again, and answers for it
            return None
        return None if answer is None else self._encoded(answer)

    def _pass_on(self) -> None:
        """Not held any longer: what came of it so far is an ASGI request."""
        self._way = None
        self._begin()
        if self._form:
            super().on_body(self._form)

    def _begin(self) -> None:
        """An ASGI request. What a short way has to look up for it is still written as it is (`DELIVER`)."""
        super().on_headers_complete()
        if self.url in self.app.short_ways.targets:
            scope: Any = self.scope
            scope[DELIVER] = partial(self._deliver, self.cycle)

    def _deliver(self, cycle: RequestResponseCycle, answer: ShortAnswer) -> bool:
        """Write it, and have done with the request; False when it needs more than it has."""
        if not cycle.keep_alive or cycle.disconnected or self.flow.write_paused or self.app.is_leaving:
            return False
        cycle.response_started = cycle.response_complete = True
        self.transport.write(self._encoded(answer))
        cycle.on_response()
        return True

    def _encoded(self, answer: ShortAnswer) -> bytes:
        return answer.encoded(b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]))

    def _lose_patience(self) -> None:
        """Close a connection on which nothing whole arrived in time, or is taken; look again when one might be late."""
        if self.transport.is_closing():
            return
        left = min(
            HEAD_SECONDS - self._passed(self._waits_since),
            READ_SECONDS - self._passed(self._unread_since),
        )
        if left > 0:
            self._patience = self.loop.call_later(left, self._lose_patience)
        elif self._unread_since is None:
            self.transport.close()
        else:
            self.transport.abort()  # what is left unread would hold it open

    def _passed(self, since: float | None) -> float:
        return 0.0 if since is None else self.loop.time() - since

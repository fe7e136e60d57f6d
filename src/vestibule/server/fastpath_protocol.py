"""One connection of our own server with the fast path: cached answers are written where the bytes arrive.

A request that needs I/O, or is unusual, becomes an ASGI request as in `server/limits.py`, in the same order.
"""

from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from vestibule.app import Application
from vestibule.fastpath.answers import DELIVER, FastPath, FastResponse, FastRoute
from vestibule.server.limits import LimitedProtocol

_PLAIN_VERSION = "1.1"


class FastPathProtocol(LimitedProtocol):
    """The protocol of one client connection to an application that has a fast path.

    A request eligible for the fast path is buffered only until the current read is parsed; an incomplete one becomes a
    normal ASGI request.
    """

    app: Application

    def __init__(self, fast_path: FastPath, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._fast_path = fast_path
        self._route: FastRoute | None = None  # of the buffered request; None while none is buffered
        self._form = b""

    def data_received(self, data: bytes) -> None:
        """Parse a part of a request, one, or several; what is still buffered then goes to ASGI."""
        super().data_received(data)
        # Nearly always: what was buffered is answered, or went to ASGI when it was complete.
        if self._route is None:
            return
        # Its body is malformed and was answered with 400. As an ASGI request it would be answered a second time.
        if self.is_discarding:
            self._route = None
            return
        self._pass_on()
        self.linger_until_whole()

    def begin_request(self) -> None:
        """Buffer a request for the fast path, or start an ASGI request."""
        self._route, self._form = self._match(), b""
        if self._route is None:
            self._begin_asgi()

    def on_body(self, body: bytes) -> None:
        """Buffer a part of the body, or pass it on to the ASGI request."""
        if self._route is None:
            super().on_body(body)
        else:
            self._form += body

    def on_message_complete(self) -> None:
        """The request is complete: answer it from the cache, or pass it on to ASGI."""
        if self._route is not None:
            # Answered here: there is no ASGI request that could be completed.
            if (answer := self._cached(self._route)) is not None:
                self._route, self.waits_since = None, self.loop.time()
                self.server_state.total_requests += 1
                self.transport.write(answer)
                return
            self._pass_on()
        super().on_message_complete()

    def _match(self) -> FastRoute | None:
        """The fast route for this request, if it is plain and no earlier request waits for its answer."""
        route, parser, cycle = self._fast_path.targets.get(self.url), self.parser, self.cycle
        # An earlier response must go out first; one that is the last, or slow, or follows 100 Continue needs a cycle.
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
            answer = self._fast_path.cached(route, scope, self._form)
        except Exception:  # noqa: BLE001 - the ordinary path meets the error again and reports it
            return None
        return None if answer is None else self._encoded(answer)

    def _pass_on(self) -> None:
        """Turn the buffered request into an ASGI request, with the part of its body that has arrived."""
        self._route = None
        self._begin_asgi()
        if self._form:
            super().on_body(self._form)

    def _begin_asgi(self) -> None:
        """Start an ASGI request. The fast path may still write its answer directly after a lookup (`DELIVER`)."""
        super().begin_request()
        if self.url in self._fast_path.targets:
            scope: Any = self.scope
            scope[DELIVER] = partial(self._deliver, self.cycle)

    def _deliver(self, cycle: RequestResponseCycle, answer: FastResponse) -> bool:
        """Write the answer and complete the request; False when the connection needs the ordinary path to do so."""
        # A last response carries Connection: close, a slow reader holds the sender back: uvicorn's cycle does both.
        if not cycle.keep_alive or cycle.disconnected or self.flow.write_paused or self.app.is_draining:
            return False
        cycle.response_started = cycle.response_complete = True
        self.transport.write(self._encoded(answer))
        cycle.on_response()
        return True

    def _encoded(self, answer: FastResponse) -> bytes:
        return answer.encoded(b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]))

"""What one worker runs: uvicorn, with our protocol and without its own ways of logging and of believing proxies."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType

import uvicorn

from vestibule.app import Application, worker
from vestibule.observability.logs import get_logger
from vestibule.server.protocol import HEAD_SECONDS, HttpProtocol

# Connections that wait until a worker takes them.
BACKLOG = 1024
# What answers that were begun have to end in, once the server stops.
STOP_SECONDS = 10
_TICK_SECONDS = 0.1
STARTUP_FAILED = uvicorn.config.STARTUP_FAILURE
_log = get_logger("server")


class Server(uvicorn.Server):
    """Ends on SIGTERM and SIGINT, however often they come: an engine, a terminal and a parent may all tell it."""

    _wake: Callable[[], object] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal's number
        """Stop taking requests, end those that were begun."""
        self.should_exit = True
        if self._wake is not None:
            self._wake()

    async def main_loop(self) -> None:
        """uvicorn's, which ends when it is told to and not a tenth of a second later: newcomers wait meanwhile."""
        told, ticks = asyncio.Event(), 0
        self._wake = partial(asyncio.get_running_loop().call_soon_threadsafe, told.set)
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), _TICK_SECONDS)


def configuration(app: str | Callable[[], Application]) -> uvicorn.Config:
    """For an application, as its factory or where that is found."""
    return uvicorn.Config(
        app,
        factory=True,
        http=HttpProtocol,
        interface="asgi3",
        lifespan="on",
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_keep_alive=HEAD_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def serve(listener: socket.socket, parent: int) -> None:
    """Serve in this process until it is told to end. Settings come from the environment. SystemExit: STARTUP_FAILED.

    `parent`: a file descriptor that can be read when the parent is gone.
    """
    _tell_errors()
    Server(configuration(partial(worker, parent))).run([listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections. Raises OSError."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _Told(logging.Handler):
    """The server's own errors as events of our log, where secrets are taken out."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.error("server_error", detail=record.getMessage(), exc_info=record.exc_info)


def _tell_errors() -> None:
    """Broken requests are everyday life; only errors are told."""
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.handlers = [_Told()]

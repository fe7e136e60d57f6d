"""The server of one worker process: uvicorn with our protocol, without its own logging and its trust in proxies."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import uvicorn

from vestibule.app import Application, worker
from vestibule.observability.logs import get_logger
from vestibule.server.fastpath_protocol import FastPathProtocol
from vestibule.server.limits import HEAD_SECONDS, LimitedProtocol

# Connections that may wait in the queue of the listening socket until a worker accepts them.
BACKLOG = 1024
# Seconds within which responses in progress must end, once the server stops.
STOP_SECONDS = 10
_TICK_SECONDS = 0.1
STARTUP_FAILED = uvicorn.config.STARTUP_FAILURE
_log = get_logger("server")


class Server(uvicorn.Server):
    """uvicorn's server, which here ends gracefully on SIGTERM and SIGINT, however often they come.

    A container engine, a terminal and the parent process may each send one.
    """

    _wake: Callable[[], object] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal's number
        """Signal handler: stop accepting requests, finish those in progress."""
        self.should_exit = True
        if self._wake is not None:
            self._wake()

    async def main_loop(self) -> None:
        """Override: wake on shutdown instead of polling every 100 ms, so that queued connections are not delayed."""
        stop, ticks = asyncio.Event(), 0
        self._wake = partial(asyncio.get_running_loop().call_soon_threadsafe, stop.set)
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _TICK_SECONDS)


def connection(config: uvicorn.Config, **state: Any) -> LimitedProtocol:
    """Return the protocol of a new connection: with the fast path, if the application that is loaded has one.

    The limits of a connection apply either way. `state`: what uvicorn gives every protocol.
    """
    fast_path = config.loaded_app.fast_path
    if fast_path is None:
        return LimitedProtocol(config, **state)
    return FastPathProtocol(fast_path, config, **state)


def configuration(app: str | Callable[[], Application]) -> uvicorn.Config:
    """Return uvicorn's configuration for an application factory, or for the import path of one."""
    return uvicorn.Config(
        app,
        factory=True,
        http=connection,  # type: ignore[arg-type] # uvicorn only calls it
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
    """Serve in this process until a stop signal arrives. The settings come from the environment.

    `parent`: a file descriptor that becomes readable when the parent process is gone. Raises SystemExit with
    STARTUP_FAILED when the application cannot start.
    """
    _log_errors()
    Server(configuration(partial(worker, parent))).run([listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on this address. Raises OSError."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _ErrorLog(logging.Handler):
    """Passes the server's own errors to our log, which redacts secrets."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.error("server_error", detail=record.getMessage(), exc_info=record.exc_info)


def _log_errors() -> None:
    """Make uvicorn log only errors, through our log; malformed requests are routine."""
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.handlers = [_ErrorLog()]

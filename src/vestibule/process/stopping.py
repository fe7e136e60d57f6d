"""How a process stops: by a signal, after draining, or when its parent is gone."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from vestibule.observability.logs import get_logger
from vestibule.process.listeners import refuse_new_connections

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Seconds in which clients that began a connection finish their handshake and are accepted from the queue.
_QUEUE_EMPTIES = 0.05
_ORPHAN_SECONDS = 5
_log = get_logger("server")


@contextmanager
def on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when SIGTERM or SIGINT arrives, in addition to the handlers that the server installed.

    Servers wait for open responses before they stop the application, and a stream of events is an open response. Only
    the main thread receives signals; in other threads nothing happens here.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    # A signal without a handler ends the process by default; that stays so.
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {number: handler for number, handler in handlers.items() if callable(handler)}

    def received(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        before[signal.Signals(number)](number, frame)

    for number in before:
        signal.signal(number, received)
        signal.siginterrupt(number, False)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def draining(begin: Callable[[], None], seconds: int, parent: int | None) -> Iterator[None]:
    """Drain a worker of our own server: on SIGTERM it calls `begin` and stops `seconds` later; SIGINT stops it at once.

    `parent`: a file descriptor that becomes readable when the parent process is gone. The worker then drains likewise:
    nothing would restart it, and it would keep the port.

    Before the stop, new connections are refused and the listening socket's queue is emptied, so that no client is left
    waiting in it. SIGTERM is handled here, so the worker stops itself by raising SIGINT, which the server handles.
    """
    loop = asyncio.get_running_loop()

    def drain() -> None:
        # Service managers send SIGTERM to the workers and to their parent, which passes it on: it may come twice.
        loop.add_signal_handler(signal.SIGTERM, begin)
        begin()
        loop.call_later(seconds, refuse_new_connections)
        loop.call_later(seconds + _QUEUE_EMPTIES, signal.raise_signal, signal.SIGINT)

    def orphaned(gone: int) -> None:
        loop.remove_reader(gone)
        _log.error("parent_gone")
        drain()
        # Kills a worker that does not end, as its parent would.
        last = threading.Timer(seconds + _ORPHAN_SECONDS, os._exit, (1,))
        last.daemon = True
        last.start()

    if seconds:
        loop.add_signal_handler(signal.SIGTERM, drain)
    if parent is not None:
        loop.add_reader(parent, orphaned, parent)
    yield
    if parent is not None:
        loop.remove_reader(parent)

"""What happens when the server is told to stop."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from vestibule.jobs.listeners import refuse_newcomers
from vestibule.observability.logs import get_logger

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Seconds in which whoever has begun a connection ends his handshake, and is taken from the queue.
_QUEUE_EMPTIES = 0.05
_ORPHAN_SECONDS = 5
_log = get_logger("server")


@contextmanager
def on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` when the process is told to end, beside whatever else the server does then.

    Servers wait for open answers before they stop the application, and a stream of events is an open answer. Only the
    main thread hears signals; elsewhere nothing happens here.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    # A signal that nobody handles ends the process as it is: that stays so.
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {number: handler for number, handler in handlers.items() if callable(handler)}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        before[signal.Signals(number)](number, frame)

    for number in before:
        signal.signal(number, told)
        signal.siginterrupt(number, False)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def leaving(begin: Callable[[], None], seconds: int, parent: int | None) -> Iterator[None]:
    """A worker of our own server that is told to end by SIGTERM calls `begin`, and ends `seconds` later; SIGINT ends
    it at once. It ends likewise when its parent is gone, which is when `parent`, a file descriptor, can be read: nobody
    would start it again, and it would keep the port.

    At the end nobody is left waiting in the listening socket's queue. The server ends on either signal, so the second
    one is what ends it after the first.
    """
    loop = asyncio.get_running_loop()

    def leave() -> None:
        # Service managers tell workers as well as their parent, which tells them again.
        loop.add_signal_handler(signal.SIGTERM, begin)
        begin()
        loop.call_later(seconds, refuse_newcomers)
        loop.call_later(seconds + _QUEUE_EMPTIES, signal.raise_signal, signal.SIGINT)

    def orphaned(gone: int) -> None:
        loop.remove_reader(gone)
        _log.error("parent_gone")
        leave()
        # What its parent would do to a worker that does not end.
        last = threading.Timer(seconds + _ORPHAN_SECONDS, os._exit, (1,))
        last.daemon = True
        last.start()

    if seconds:
        loop.add_signal_handler(signal.SIGTERM, leave)
    if parent is not None:
        loop.add_reader(parent, orphaned, parent)
    yield
    if parent is not None:
        loop.remove_reader(parent)

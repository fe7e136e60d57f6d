"""The worker processes: their parent keeps the listening socket, and replaces each worker that dies."""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from vestibule.observability.logs import get_logger
from vestibule.process.listeners import accept_new_connections
from vestibule.server.serving import STARTUP_FAILED, serve

_STOPS = (signal.SIGTERM, signal.SIGINT)
# A worker that ends sooner than this has a cause that will not be gone at once, so the next one waits a moment.
_YOUNG_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
_CONTEXT = multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing.get_context("spawn")
_log = get_logger("server")


class Workers:
    """`count` worker processes on one listening socket. `patience`: seconds from the stop signal until a kill."""

    def __init__(self, listener: socket.socket, count: int, patience: float) -> None:
        self._listener = listener
        self._count = count
        self._patience = patience
        # Readable in all workers at once when this process, the only one with the other end, is gone.
        self._life = _CONTEXT.Pipe(duplex=False)
        self._started: dict[BaseProcess, float] = {}
        self._failures = 0
        self._stop = 0

    def run(self) -> int:
        """Run the workers until a stop signal arrives. Returns the exit status, 1 when no worker could start."""
        gc.freeze()  # objects that exist now stay shared with the workers (copy on write)
        status = 0
        with self._signals() as signalled:
            while not self._stop:
                whole = self._start_missing()
                wait([signalled, *(worker.sentinel for worker in self._started)], None if whole else _PAUSE_SECONDS)
                if not self._reap(signalled):
                    self._stop, status = signal.SIGTERM, 1
            self._end()
        return status

    def _start_missing(self) -> bool:
        """Start the missing workers. Returns whether all run; the system may have no room for another process now."""
        try:
            for _ in range(self._count - len(self._started)):
                self._start()
        except OSError as error:
            _log.error("worker_not_started", reason=str(error))
            return False
        return True

    def _start(self) -> None:
        accept_new_connections(self._listener)
        # Blocked while forking: a signal that arrives then must meet the worker's handlers, not copies of its parent's.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            worker = _CONTEXT.Process(target=_work, args=(self._listener, *self._life), name="vestibule-worker")
            worker.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        self._started[worker] = time.monotonic()

    def _reap(self, signalled: int) -> bool:
        """Remove workers that ended. Returns False when workers cannot start, and none is left that did."""
        now = time.monotonic()
        for worker in [worker for worker in self._started if not worker.is_alive()]:
            lived = now - self._started.pop(worker)
            if self._stop:
                continue
            status, is_young = worker.exitcode or 0, lived < _YOUNG_SECONDS
            _log.error("worker_died", exit_code=status, seconds=round(lived, 1))
            # A negative status means killed by a signal, which predicts nothing about the next worker.
            self._failures += status == STARTUP_FAILED or (status > 0 and is_young)
            if is_young:
                wait([signalled], _PAUSE_SECONDS)
        if any(now - started > _YOUNG_SECONDS for started in self._started.values()):
            self._failures = 0
        return self._failures < self._count

    def _end(self) -> None:
        """Pass the stop signal on, wait, and kill what is left. The workers hold the port until they close it."""
        self._listener.close()
        for worker in self._started:
            if worker.pid is not None and worker.is_alive():
                os.kill(worker.pid, self._stop)
        last = time.monotonic() + self._patience
        for worker in self._started:
            worker.join(max(0.0, last - time.monotonic()))
            if worker.is_alive():
                _log.error("worker_killed", pid=worker.pid)
                worker.kill()
                worker.join()

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """Record stop signals; yields a file descriptor that becomes readable when one arrives."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)

        def received(number: int, _: object) -> None:
            self._stop = number

        before: list[tuple[int, Callable[..., object] | int | None]] = [
            (number, signal.signal(number, received)) for number in _STOPS
        ]
        awake = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(awake)
            for number, handler in before:
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)


def _work(listener: socket.socket, parent: Connection, other_end: Connection) -> None:
    """Run in the new process: reset the parent's signal handling, then serve."""
    other_end.close()
    signal.set_wakeup_fd(-1)
    for number in _STOPS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    serve(listener, parent.fileno())

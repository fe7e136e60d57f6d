"""The thread on which a process waits for its turn, for locks and for the disk."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class WriterThread:
    """Does one thing after another. A daemon thread, unlike those of an executor: a process must be able to end while
    another one, which may be stopped or hang, does not give its turn back.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Run `work` after what was handed in before. Returns its result, or its error, as a future."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            settle = _settling(future, work)
            with suppress(RuntimeError):  # the loop is closed: no task waits
                loop.call_soon_threadsafe(settle)

        self._jobs.put(job)
        return future

    def end(self, last: Callable[[], None], seconds: float) -> None:
        """Run `last` after what was handed in before, then end. Waits up to `seconds` for that."""
        self._jobs.put(last)
        self._jobs.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _settling(future: "asyncio.Future[T]", work: Callable[[], T]) -> Callable[[], None]:
    """Run `work`, and return what gives its outcome to the future, on the event loop's thread."""
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - the task that awaits the future gets it
        failure = error
        return lambda: None if future.done() else future.set_exception(failure)
    return lambda: None if future.done() else future.set_result(result)

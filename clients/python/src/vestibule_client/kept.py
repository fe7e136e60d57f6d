"""One rule for what is fetched from Vestibule and kept: its metadata, its signing keys, its status lists.

What is fresh is returned. What is valid but no longer fresh is returned too, and fetched again in the background. When
there is neither, the caller waits for one fetch, which all callers share, within a time limit. After a failure callers
do not wait for each other's attempts: they get what is valid, else the cause, at once. An answer never replaces one
that was requested later.
"""

import logging
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Generic, TypeVar

from vestibule_client.errors import AuthError, Unavailable
from vestibule_client.notices import Notices
from vestibule_client.transport import LIMIT

T = TypeVar("T")
Now = Callable[[], float]
_PAUSE = 1.0  # seconds between a failure and the next attempt
FIX = "Check that Vestibule runs at VESTIBULE_ISSUER, and that this application can reach it."


class NeedsNetwork(Exception):
    """Something has to be fetched first, and the caller forbade it (`wait=False`)."""


@dataclass(slots=True)
class Means:
    """What every kept value uses: monotonic seconds, the order of events in this process, the time limit, the log."""

    now: Now = time.monotonic
    limit: float = LIMIT
    notices: Notices = field(default_factory=Notices)
    tick: Callable[[], int] = field(default_factory=lambda: count(1).__next__)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer of Vestibule, and for how many seconds it is valid from the moment when it was requested."""

    value: T
    seconds: float = math.inf


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    answer: Answer[T]
    at: float
    tick: int


@dataclass(slots=True)
class _Fetch:
    """A running fetch. `tick` is its place in the order of events; `until`: from when on no caller waits for it."""

    at: float
    tick: int
    until: float
    pid: int = field(default_factory=os.getpid)
    done: threading.Event = field(default_factory=threading.Event)

    def is_running_after(self, tick: int) -> bool:
        """Whether it runs in this process and was started after this event. A forked process has no thread for it."""
        return self.tick > tick and self.pid == os.getpid() and time.monotonic() < self.until


class Kept(Generic[T]):
    """A value of Vestibule's. `fetch` raises when there is no good answer; `expected` names it for people."""

    def __init__(self, expected: str, fetch: Callable[[], Answer[T]], means: Means) -> None:
        self._expected = expected
        self._fetch = fetch
        self._means = means
        self._entry: _Entry[T] | None = None
        self._fetching: _Fetch | None = None
        self._failure: tuple[AuthError, float] | None = None
        self._lock = threading.Lock()

    @property
    def latest(self) -> T | None:
        """The newest value, however old; None when there never was one."""
        return None if self._entry is None else self._entry.answer.value

    def get(
        self, *, wait: bool, fresh: float, preferred: float = math.inf, at_most: float = math.inf, after: int = 0
    ) -> T:
        """Return the value if it is valid, at most `at_most` seconds old, and was requested after the event `after`.

        `fresh`: an older value is fetched again in the background. `preferred`: for a newer value than this the caller
        waits, unless Vestibule did not answer the last time. Raises Unavailable with the cause (or Misconfigured), and
        NeedsNetwork when the caller would have to wait and `wait` is false.
        """
        entry, age = self._usable(at_most, after)
        if entry is not None and (age < preferred or self._failure is not None):
            if age >= fresh:
                self.refresh(after)
            return entry.answer.value
        if self._failure is not None and not self._is_due(after):
            raise _again(self._failure[0])
        if not wait:
            raise NeedsNetwork
        return self._awaited(at_most, after)

    def refresh(self, after: int = 0) -> _Fetch | None:
        """Fetch the value in a thread, unless a fetch began after this event, or failed a moment ago."""
        with self._lock:
            if self._fetching is not None and self._fetching.is_running_after(after):
                return self._fetching
            if self._is_pausing():
                return None
            until = time.monotonic() + 2 * self._means.limit
            fetching = self._fetching = _Fetch(self._means.now(), self._means.tick(), until)
        try:
            threading.Thread(target=self._run, args=(fetching,), name="vestibule-fetch", daemon=True).start()
        except RuntimeError as error:  # no thread can be started
            self._failed(fetching, error)
        return fetching

    def is_older_than(self, seconds: float) -> bool:
        """Whether there is a value, requested more than these seconds ago."""
        return self._entry is not None and self._means.now() - self._entry.at > seconds

    def _usable(self, at_most: float, after: int) -> tuple[_Entry[T] | None, float]:
        entry = self._entry
        if entry is None:
            return None, math.inf
        age = self._means.now() - entry.at
        usable = entry.tick > after and age < min(entry.answer.seconds, at_most)
        return (entry if usable else None), age

    def _is_due(self, after: int) -> bool:
        is_running = self._fetching is not None and self._fetching.is_running_after(after)
        return not is_running and not self._is_pausing()

    def _is_pausing(self) -> bool:
        """Whether the last attempt failed a moment ago. Callers that have nothing at all are not kept waiting by it."""
        if self._failure is None or self._entry is None:
            return False
        return 0 <= self._means.now() - self._failure[1] < _PAUSE

    def _awaited(self, at_most: float, after: int) -> T:
        # Once more when the fetch that ran already was too old: it began before what the caller wants.
        for _ in range(2):
            fetching = self.refresh(after)
            if fetching is not None:
                fetching.done.wait(self._means.limit + 1)
            entry, _ = self._usable(at_most, after)
            if entry is not None:
                return entry.answer.value
            if self._failure is not None:
                raise _again(self._failure[0])
        raise Unavailable(f"no answer within {self._means.limit:g} s", self._expected, FIX)

    def _run(self, fetching: _Fetch) -> None:
        try:
            answer = self._fetch()
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the outcome, and callers get it
            self._failed(fetching, error)
        else:
            self._succeeded(fetching, answer)

    def _succeeded(self, fetching: _Fetch, answer: Answer[T]) -> None:
        was_failing = self._failure is not None
        if self._settled(fetching, _Entry(answer, fetching.at, fetching.tick), None) and was_failing:
            self._means.notices.write(logging.INFO, f"Vestibule answers again: {self._expected}")

    def _failed(self, fetching: _Fetch, error: Exception) -> None:
        # Also a 401: the sender of a request is not at fault for what Vestibule answered.
        cause: AuthError = Unavailable(_text(error), self._expected, FIX)
        if isinstance(error, AuthError) and error.status >= 500:
            cause = error
        if self._settled(fetching, None, cause):
            self._means.notices.write(logging.WARNING, str(cause))

    def _settled(self, fetching: _Fetch, entry: _Entry[T] | None, failure: AuthError | None) -> bool:
        """End a fetch with its outcome, in one step: no caller sees the failure of a fetch that still runs. Returns
        whether it counts; after a fetch that began later it does not.
        """
        with self._lock:
            counts = self._entry is None or self._entry.tick <= fetching.tick
            if counts:
                self._entry = entry or self._entry
                self._failure = None if failure is None else (failure, self._means.now())
            if self._fetching is fetching:
                self._fetching = None
        fetching.done.set()
        return counts


def _again(error: AuthError) -> AuthError:
    """Return the same error anew: one exception raised in several threads would collect their tracebacks."""
    return type(error)(error.got, error.expected, error.fix)


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__

"""How a worker on PostgreSQL learns of revocations while its lease runs: it is notified, or it polls the table.

Neither decides whether the cache may be used: a source that misses a revocation delays its acknowledgement, since
`LeaseCoherence` confirms none that it has not applied.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from vestibule.domain.instant import SECOND, Duration
from vestibule.domain.ports import Clock
from vestibule.repositories.revocations import Revocations, subjects_of
from vestibule.repositories.unit_of_work import Connection, Listener

Numbered = tuple[int, frozenset[str]]


class RevocationSource(Protocol):
    """Where a worker learns of revocations. `revocations`: the repository, on a connection of the source's own."""

    revocations: Revocations

    async def after(self, generation: int, wait: Duration) -> Sequence[Numbered]:
        """Wait up to `wait` microseconds for revocations after `generation`, and return those that follow it without a
        gap: generations with their subjects, in order. Empty when there are none or some are missing. Raises
        DatabaseUnavailable when the connection is lost.
        """
        ...


OpenSource = Callable[[], AbstractAsyncContextManager[RevocationSource]]


class NotifiedRevocations:
    """Receives each revocation as its transaction commits."""

    def __init__(self, listener: Listener) -> None:
        self.revocations = Revocations(listener.connection)
        self._listener = listener

    async def after(self, generation: int, wait: Duration) -> Sequence[Numbered]:
        """Return the revocations that notifications name, up to the first that does not name its subjects."""
        numbered = []
        for text in await self._listener.heard(wait / SECOND):
            number, _, subjects = text.partition(" ")
            # Its subjects did not fit into the notification: they are read from the table.
            if not subjects:
                break
            numbered.append((int(number), subjects_of(subjects)))
        return _without_gap(numbered, generation)


class PolledRevocations:
    """Asks for new rows of the table again and again, `interval` (microseconds) after each answer."""

    def __init__(self, connection: Connection, clock: Clock, interval: Duration) -> None:
        self.revocations = Revocations(connection)
        self._clock = clock
        self._interval = interval

    async def after(self, generation: int, wait: Duration) -> Sequence[Numbered]:
        """Return the rows after `generation` as soon as there are any."""
        ends_at = self._clock.monotonic() + wait
        while self._clock.monotonic() < ends_at:
            await asyncio.sleep(self._interval / SECOND)
            if rows := await self.revocations.since(generation):
                return _without_gap(rows, generation)
        return ()


def notified(listening: Callable[[], AbstractAsyncContextManager[Listener]]) -> OpenSource:
    """Return what opens a source of notifications. `listening` opens its connection."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[RevocationSource]:
        async with listening() as listener:
            yield NotifiedRevocations(listener)

    return opened


def polled(
    connecting: Callable[[], AbstractAsyncContextManager[Connection]], clock: Clock, interval: Duration
) -> OpenSource:
    """Return what opens a source that polls every `interval` microseconds. `connecting` opens its connection."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[RevocationSource]:
        async with connecting() as connection:
            yield PolledRevocations(connection, clock, interval)

    return opened


def _without_gap(numbered: Iterable[Numbered], generation: int) -> list[Numbered]:
    found: list[Numbered] = []
    for number, subjects in numbered:
        # One before it was missed, or purged.
        if number > generation + 1:
            break
        # Others were read from the table before their notification came.
        if number > generation:
            found.append((number, subjects))
            generation = number
    return found

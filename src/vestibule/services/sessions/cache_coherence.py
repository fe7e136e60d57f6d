"""Decides when the session cache may be used: never while an acknowledged revocation is not applied to it. The argument
for both databases is in docs/architecture.md.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from vestibule.crypto.entropy import new_id
from vestibule.domain.active_session import CachePolicy
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import Duration
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.revocations import Revocations
from vestibule.repositories.unit_of_work import Database
from vestibule.services.sessions.revocation_sources import OpenSource, RevocationSource
from vestibule.services.sessions.session_cache import SessionCache


class Coherence(Protocol):
    """Decides whether the session cache may be used; a session check calls it before each use."""

    def is_current(self) -> bool:
        """Return whether the cache may be used as it is, without waiting for anything."""
        ...

    async def holds(self) -> bool:
        """Return whether every revocation acknowledged by now is applied to the cache; applies them if need be."""
        ...

    async def follow(self) -> None:
        """Apply revocations as they come, until that fails; the job starts it again. Raises DatabaseUnavailable."""
        ...


async def catch_up(revocations: Revocations, cache: SessionCache, generation: int, newest: int) -> int:
    """Apply the revocations after `generation` to the cache, at least to `newest`. Returns the generation reached."""
    missed = await revocations.since(generation)
    # Some of them were cleaned up before this worker read them: whom they concerned cannot be known any more.
    if len(missed) < newest - generation:
        cache.clear()
        return newest
    for _, subjects in missed:
        cache.revoke(subjects)
    return missed[-1][0] if missed else generation


class NoCache:
    """Coherence for a cache that is switched off: the database is queried every time."""

    def is_current(self) -> bool:
        """Return False: there is no cache to use."""
        return False

    async def holds(self) -> bool:
        """Return False: there is no cache to use."""
        return False

    async def follow(self) -> None:
        """Wait until cancelled: without a cache there is nothing to follow."""
        await asyncio.Event().wait()


class FileCoherence:
    """Coherence for SQLite: the file's version is read before each use of the cache, so nothing has to be awaited."""

    def __init__(self, database: Database, data_version: Callable[[], int], cache: SessionCache) -> None:
        self._database = database
        self._data_version = data_version
        self._cache = cache
        self._seen = -1
        self._generation = -1

    def is_current(self) -> bool:
        """Return whether nothing was written since the cache was brought up to date. False when the file cannot be
        read.
        """
        try:
            return self._data_version() == self._seen
        # Not knowing whether something was revoked counts as knowing that it was.
        except DatabaseUnavailable:
            return False

    async def holds(self) -> bool:
        """Read the file's version, and apply revocations when something was written. False when the file cannot be
        read.
        """
        try:
            version = self._data_version()
            if version != self._seen:
                await self._catch_up()
                # The version from before the reading: what is committed during it is read at the next use.
                self._seen = version
        # Not knowing whether something was revoked counts as knowing that it was.
        except DatabaseUnavailable:
            return False
        return True

    async def follow(self) -> None:
        """Wait until cancelled: there is nothing to do in the background."""
        await asyncio.Event().wait()

    async def _catch_up(self) -> None:
        async with self._database.reading() as work:
            newest = await work.revocations.generation()
            # The first use: what was revoked before is not known, so nothing that was looked up before counts.
            if self._generation < 0:
                self._cache.clear()
                self._generation = newest
            elif newest != self._generation:
                self._generation = await catch_up(work.revocations, self._cache, self._generation, newest)


@dataclass(eq=False, repr=False)
class LeaseCoherence:
    """Coherence for PostgreSQL: learns of revocations from a source, confirms each one, and uses the cache only while
    its lease runs.

    A lease begins before the query was sent that confirmed the newest revocation. A revocation is acknowledged when
    every registered worker has confirmed it, or when a lease's time has passed since its commit: either way no worker
    uses an entry from before it.
    """

    _database: Database
    _open_source: OpenSource
    _cache: SessionCache
    _clock: Clock
    _entropy: Entropy
    _policy: CachePolicy
    _leased_until: Duration = field(default=0, init=False)

    def is_current(self) -> bool:
        """Return whether the lease is still running."""
        return self._clock.monotonic() < self._leased_until

    async def holds(self) -> bool:
        """Return whether the lease is still running: revocations are applied as they arrive."""
        return self.is_current()

    async def follow(self) -> None:
        """Open the source first, then register, then trust the cache, so that no revocation is missed. Raises
        DatabaseUnavailable.
        """
        worker = new_id("cache", self._clock.now(), self._entropy)
        try:
            async with self._open_source() as source:
                async with self._database.writing() as work:
                    generation = await work.revocations.generation()
                    await work.revocations.register(worker, generation)
                self._cache.clear()
                await self._stay_current(source, worker, generation)
        finally:
            # From here on this worker receives no revocations.
            self._leased_until = 0
            await asyncio.shield(self._leave(worker))

    async def _stay_current(self, source: RevocationSource, worker: str, generation: int) -> None:
        while True:
            # Before the query: the answer may take long, and a revocation may be committed while it travels.
            sent_at = self._clock.monotonic()
            newest = await source.revocations.confirm(worker, generation)
            # A revoking request removed this worker, which had not confirmed in time: none waits for it any more.
            if newest is None:
                raise DatabaseUnavailable(private="removed: the lease had lapsed")
            # Something was revoked that is not applied here yet: no lease until it is applied and confirmed.
            if newest != generation:
                generation = await catch_up(source.revocations, self._cache, generation, newest)
                continue
            self._leased_until = sent_at + self._policy.lease
            for number, subjects in await source.after(generation, self._policy.heartbeat):
                self._cache.revoke(subjects)
                generation = number

    async def _leave(self, worker: str) -> None:
        # A worker that cannot leave is removed by the first request that waits for it in vain.
        with suppress(DatabaseUnavailable):
            async with self._database.writing() as work:
                await work.revocations.leave(worker)

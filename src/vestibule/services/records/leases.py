"""Leases: of many workers, one runs a periodic job."""

from vestibule.crypto.entropy import new_id
from vestibule.domain.instant import Duration
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.unit_of_work import Database


class Leases:
    """Acquires leases by name. A lease lapses by itself; the first worker that asks afterwards gets it."""

    def __init__(self, database: Database, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._clock = clock
        self._holder = new_id("worker", clock.now(), entropy)

    async def acquire(self, name: str, duration: Duration) -> bool:
        """Return whether this worker has the lease for `duration` (microseconds) and so runs the job."""
        now = self._clock.now()
        async with self._database.writing() as work:
            return await work.leases.acquire(name, self._holder, now, now + duration)

"""Lets one worker of many do a periodic job."""

from vestibule.crypto.entropy import new_id
from vestibule.domain.instant import Duration
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.unit_of_work import Database


class Leases:
    """A lease lapses by itself; whoever asks first afterwards has it next."""

    def __init__(self, database: Database, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._clock = clock
        self._holder = new_id("worker", clock.now(), entropy)

    async def acquire(self, name: str, duration: Duration) -> bool:
        """Whether this worker does the job for this long."""
        now = self._clock.now()
        async with self._database.writing() as work:
            return await work.leases.acquire(name, self._holder, now, now + duration)

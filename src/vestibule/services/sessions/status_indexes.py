"""Places in the status lists, for sessions that are about to be created."""

import asyncio

from vestibule.domain.ports import Entropy
from vestibule.repositories.unit_of_work import Database

_BLOCK = 64


class StatusIndexes:
    """Hands out places in the status lists. They are taken from the database in blocks, so that a sign-in writes
    nothing for it, and handed out in no order, so that a place does not reveal the time of the sign-in. Places that are
    left when a worker ends stay unused.
    """

    def __init__(self, database: Database, entropy: Entropy) -> None:
        self._database = database
        self._entropy = entropy
        self._free: list[int] = []
        self._taking = asyncio.Lock()

    async def next(self) -> int:
        """Return a place that no other session has."""
        while not self._free:
            async with self._taking:
                if not self._free:
                    async with self._database.writing() as work:
                        first = await work.status_indexes.take(_BLOCK)
                    self._free = list(range(first, first + _BLOCK))
        return self._free.pop(self._entropy.token_bytes(1)[0] % len(self._free))

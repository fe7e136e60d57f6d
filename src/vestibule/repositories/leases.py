"""Leases: which worker runs a periodic job."""

from vestibule.domain.instant import Instant
from vestibule.repositories.repository import Repository


class Leases(Repository):
    """Rows of `leases`: by name, the worker that runs a job and until when (microseconds since 1970 UTC)."""

    async def acquire(self, name: str, holder: str, now: Instant, until: Instant) -> bool:
        """Take a lease until `until`, when it lapses by itself. False when another worker has it."""
        sql = """INSERT INTO leases (name, holder, leased_until) VALUES ($1, $2, $4)
            ON CONFLICT (name) DO UPDATE SET holder = $2, leased_until = $4
            WHERE leases.leased_until <= $3 RETURNING name"""
        row = await self._db.one(sql, name, holder, now, until)
        return row is not None

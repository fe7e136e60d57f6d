"""Outcomes of the sign-ins of all users together, for attack detection."""

from vestibule.domain.attack_detection import Tally
from vestibule.domain.instant import Instant
from vestibule.repositories.repository import Repository


class SignInTallies(Repository):
    """Rows of `sign_in_tallies`, one per period; each worker adds what it has counted."""

    async def add(self, period: Instant, tally: Tally) -> None:
        """Add a worker's tally to the period that starts at `period` (microseconds since 1970 UTC)."""
        sql = """INSERT INTO sign_in_tallies (period, failures, successes) VALUES ($1, $2, $3)
            ON CONFLICT (period) DO UPDATE SET failures = sign_in_tallies.failures + $2,
                successes = sign_in_tallies.successes + $3"""
        await self._db.run(sql, period, tally.failures, tally.successes)

    async def since(self, period: Instant) -> Tally:
        """Return the sum of all tallies from `period` on."""
        sql = """SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) AS failures,
            CAST(COALESCE(SUM(successes), 0) AS BIGINT) AS successes
            FROM sign_in_tallies WHERE period >= $1"""
        row = await self._db.one(sql, period)
        return Tally(row["failures"], row["successes"]) if row else Tally(0, 0)

    async def purge(self, before: Instant) -> int:
        """Delete periods that start before `before`. Returns how many."""
        return await self._db.run("DELETE FROM sign_in_tallies WHERE period < $1", before)

"""How sign-ins went, of everybody together."""

from vestibule.db.engine import Connection
from vestibule.domain.instant import Instant
from vestibule.domain.pressure import Tally


class SignInTallies:
    """Rows of `sign_in_tallies`, one per period; workers add what they gathered."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, period: Instant, tally: Tally) -> None:
        """Count these too."""
        await self._db.run(
            """INSERT INTO sign_in_tallies (period, failures, successes) VALUES ($1, $2, $3)
                ON CONFLICT (period) DO UPDATE SET failures = sign_in_tallies.failures + $2,
                    successes = sign_in_tallies.successes + $3""",
            period,
            tally.failures,
            tally.successes,
        )

    async def since(self, period: Instant) -> Tally:
        """All from this period on."""
        row = await self._db.one(
            """SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) AS failures,
                CAST(COALESCE(SUM(successes), 0) AS BIGINT) AS successes
                FROM sign_in_tallies WHERE period >= $1""",
            period,
        )
        return Tally(row["failures"], row["successes"]) if row else Tally(0, 0)

    async def purge(self, before: Instant) -> int:
        """Forget older periods."""
        return await self._db.run("DELETE FROM sign_in_tallies WHERE period < $1", before)

"""The kinds of password hash in use."""

from collections.abc import Mapping

from vestibule.db.engine import Connection
from vestibule.domain.instant import Instant


class HashProfiles:
    """Rows of `hash_profiles`: a kind, a hash of that kind that nobody has, and when one was last met."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> Mapping[str, str]:
        """Examples by kind, always in the same order."""
        rows = await self._db.all("SELECT profile, example FROM hash_profiles ORDER BY profile")
        return {row["profile"]: row["example"] for row in rows}

    async def note(self, profile: str, example: str, now: Instant) -> None:
        """This kind was met."""
        await self._db.run(
            """INSERT INTO hash_profiles (profile, example, seen_at) VALUES ($1, $2, $3)
                ON CONFLICT (profile) DO UPDATE SET seen_at = $3""",
            profile,
            example,
            now,
        )

    async def purge(self, seen_before: Instant) -> int:
        """Forget kinds that nobody was met with since."""
        return await self._db.run("DELETE FROM hash_profiles WHERE seen_at < $1", seen_before)

"""Hash profiles: the kinds of password hash (algorithm and cost) in use, each with an example hash."""

from collections.abc import Mapping

from vestibule.domain.instant import Instant
from vestibule.repositories.repository import Repository


class HashProfiles(Repository):
    """Rows of `hash_profiles`: a kind, an example hash of that kind that belongs to no user, and when the kind was last
    seen.
    """

    async def all(self) -> Mapping[str, str]:
        """Return the example hashes by kind, always in the same order."""
        rows = await self._db.all("SELECT profile, example FROM hash_profiles ORDER BY profile")
        return {row["profile"]: row["example"] for row in rows}

    async def note(self, profile: str, example: str, now: Instant) -> None:
        """Record that a hash of this kind was seen at `now`, with an example when the kind is new."""
        sql = """INSERT INTO hash_profiles (profile, example, seen_at) VALUES ($1, $2, $3)
            ON CONFLICT (profile) DO UPDATE SET seen_at = $3"""
        await self._db.run(sql, profile, example, now)

    async def purge(self, seen_before: Instant) -> int:
        """Delete kinds that were last seen before `seen_before`. Returns how many."""
        return await self._db.run("DELETE FROM hash_profiles WHERE seen_at < $1", seen_before)

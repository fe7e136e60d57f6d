"""Status indexes: the places of sessions in the status lists."""

from vestibule.domain.instant import Instant
from vestibule.domain.status_list import LIST_SIZE
from vestibule.repositories.repository import Repository


class StatusIndexes(Repository):
    """The single row of `status_indexes`, and the column `sessions.status_index` that it numbers."""

    async def take(self, count: int) -> int:
        """Reserve `count` consecutive indexes, which no other caller gets. Returns the first one."""
        row = await self._db.one("UPDATE status_indexes SET next_index = next_index + $1 RETURNING next_index", count)
        return int(row["next_index"]) - count if row else 0

    async def bounds(self) -> tuple[int, int]:
        """Return the next free index, and the index before which all sessions have ended."""
        row = await self._db.one("SELECT next_index, void_before FROM status_indexes")
        return (int(row["next_index"]), int(row["void_before"])) if row else (0, 0)

    async def oldest(self) -> int | None:
        """Return the lowest index of a stored session; None without any."""
        row = await self._db.one("SELECT min(status_index) AS oldest FROM sessions")
        return row["oldest"] if row else None

    async def ended(self, number: int, since: Instant) -> list[int]:
        """Return the places within list `number` of sessions that were revoked after `since`."""
        first = number * LIST_SIZE
        sql = "SELECT status_index FROM sessions WHERE revoked_at > $1 AND status_index >= $2 AND status_index < $3"
        rows = await self._db.all(sql, since, first, first + LIST_SIZE)
        return [int(row["status_index"]) - first for row in rows]

    async def void(self) -> None:
        """Mark all indexes assigned so far as ended. Numbering continues in a list that cannot contain a session that
        was created after the backup and lost by the restore.
        """
        sql = """UPDATE status_indexes SET next_index = (next_index / CAST($1 AS BIGINT) + 2) * CAST($1 AS BIGINT),
            void_before = (next_index / CAST($1 AS BIGINT) + 2) * CAST($1 AS BIGINT)"""
        await self._db.run(sql, LIST_SIZE)

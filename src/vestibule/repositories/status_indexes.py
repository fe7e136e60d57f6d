"""The places of sessions in the status lists."""

from vestibule.db.engine import Connection
from vestibule.domain.instant import Instant
from vestibule.domain.status_list import LIST_SIZE


class StatusIndexes:
    """The one row of `status_indexes`, and the column of `sessions` that it numbers."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def take(self, count: int) -> int:
        """The first of `count` places that nobody else gets."""
        row = await self._db.one("UPDATE status_indexes SET next_index = next_index + $1 RETURNING next_index", count)
        return int(row["next_index"]) - count if row else 0

    async def bounds(self) -> tuple[int, int]:
        """The next free place, and the place before which everything has ended."""
        row = await self._db.one("SELECT next_index, void_before FROM status_indexes")
        return (int(row["next_index"]), int(row["void_before"])) if row else (0, 0)

    async def oldest(self) -> int | None:
        """The lowest place of a session that is still known."""
        row = await self._db.one("SELECT min(status_index) AS oldest FROM sessions")
        return row["oldest"] if row else None

    async def ended(self, number: int, since: Instant) -> list[int]:
        """The places within a list whose sessions were ended later than this."""
        first = number * LIST_SIZE
        rows = await self._db.all(
            "SELECT status_index FROM sessions WHERE revoked_at > $1 AND status_index >= $2 AND status_index < $3",
            since,
            first,
            first + LIST_SIZE,
        )
        return [int(row["status_index"]) - first for row in rows]

    async def void(self) -> None:
        """Everything handed out until now has ended; numbering goes on in a list that no lost session can be in."""
        await self._db.run(
            """UPDATE status_indexes SET next_index = (next_index / CAST($1 AS BIGINT) + 2) * CAST($1 AS BIGINT),
                void_before = (next_index / CAST($1 AS BIGINT) + 2) * CAST($1 AS BIGINT)""",
            LIST_SIZE,
        )

"""Mail that waits to be sent."""

from collections.abc import Sequence

from vestibule.db.engine import Connection
from vestibule.domain.instant import Instant
from vestibule.domain.mail import OutboxItem, OutboxState

_COLUMNS = "id, template, payload_sealed, attempts, created_at, next_try_at"
_WAITING = "sent_at IS NULL AND dead_at IS NULL"


class Outbox:
    """Rows of `outbox`. `has_new` says that this unit of work queued something."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self.has_new = False

    async def add(self, item_id: str, template: str, payload_sealed: str, now: Instant, due_at: Instant) -> None:
        """Queue a mail in the transaction of its cause."""
        await self._db.run(
            "INSERT INTO outbox (id, template, payload_sealed, created_at, next_try_at) VALUES ($1, $2, $3, $4, $5)",
            item_id,
            template,
            payload_sealed,
            now,
            due_at,
        )
        self.has_new = True

    async def due(self, now: Instant, count: int) -> Sequence[str]:
        """Ids of mails whose time has come and that nobody is sending."""
        rows = await self._db.all(
            f"""SELECT id FROM outbox WHERE {_WAITING} AND next_try_at <= $1 AND leased_until <= $1
                ORDER BY next_try_at, id LIMIT $2""",
            now,
            count,
        )
        return [row["id"] for row in rows]

    async def next_due_at(self, now: Instant) -> Instant | None:
        """When the first of those is due whose time has not come."""
        row = await self._db.one(
            f"SELECT min(next_try_at) AS at FROM outbox WHERE {_WAITING} AND next_try_at > $1", now
        )
        return row["at"] if row else None

    async def claim(self, item_id: str, now: Instant, leased_until: Instant) -> OutboxItem | None:
        """Take one mail; None when another worker has it."""
        row = await self._db.one(
            f"""UPDATE outbox SET leased_until = $3, attempts = attempts + 1
                WHERE id = $1 AND {_WAITING} AND next_try_at <= $2 AND leased_until <= $2
                RETURNING {_COLUMNS}""",
            item_id,
            now,
            leased_until,
        )
        return None if row is None else OutboxItem(**{name: row[name] for name in OutboxItem.__dataclass_fields__})

    async def is_busy(self, now: Instant) -> bool:
        """Whether a mail is due or being sent at this moment."""
        sql = f"SELECT 1 AS found FROM outbox WHERE {_WAITING} AND next_try_at <= $1 LIMIT 1"
        return await self._db.one(sql, now) is not None

    async def sent(self, item_id: str, now: Instant) -> None:
        """Done: the content is forgotten, the fact stays until cleanup."""
        await self._db.run("UPDATE outbox SET sent_at = $2, payload_sealed = NULL WHERE id = $1", item_id, now)

    async def retry(self, item_id: str, error: str, next_try_at: Instant) -> None:
        """Not now; later."""
        await self._db.run(
            "UPDATE outbox SET last_error = $2, next_try_at = $3, leased_until = 0 WHERE id = $1",
            item_id,
            error,
            next_try_at,
        )

    async def give_up(self, item_id: str, error: str, now: Instant) -> None:
        """A dead letter: kept for the operator, without its content."""
        await self._db.run(
            "UPDATE outbox SET last_error = $2, dead_at = $3, payload_sealed = NULL WHERE id = $1",
            item_id,
            error,
            now,
        )

    async def state(self) -> OutboxState:
        """The queue at a glance."""
        row = await self._db.one(f"SELECT count(*) AS n, min(created_at) AS oldest FROM outbox WHERE {_WAITING}")
        dead = await self._db.one("SELECT count(*) AS n FROM outbox WHERE dead_at IS NOT NULL")
        return OutboxState(
            pending=row["n"] if row else 0,
            dead=dead["n"] if dead else 0,
            oldest_pending_at=row["oldest"] if row else None,
        )

    async def purge(self, done_before: Instant, count: int) -> int:
        """Remove up to `count` mails that were sent or given up before this."""
        return await self._db.run(
            """DELETE FROM outbox WHERE id IN
                (SELECT id FROM outbox WHERE sent_at < $1 OR dead_at < $1 LIMIT $2)""",
            done_before,
            count,
        )

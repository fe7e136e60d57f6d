"""The outbox: emails and deferred jobs that wait to be sent or run."""

from collections.abc import Sequence

from vestibule.domain.instant import Instant
from vestibule.domain.mail import OutboxItem, OutboxKind, OutboxState
from vestibule.repositories.hot import hot
from vestibule.repositories.repository import Repository, delete_some

_COLUMNS = ", ".join(OutboxItem.__dataclass_fields__)
_WAITING = "sent_at IS NULL AND dead_at IS NULL AND dropped_at IS NULL"
# Each part begins as the index `outbox_by_next_try` does.
_STATE = f"""SELECT count(*) AS pending, min(created_at) AS oldest,
        (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dead_at > 0) AS dead,
        (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL AND dropped_at > 0) AS dropped
    FROM outbox WHERE {_WAITING}"""
# The try that this worker began is still the latest: it has not lost the row to another worker in the meantime.
_MINE = "id = $1 AND attempts = $2"


class Outbox(Repository):
    """Rows of `outbox`. `has_new`: this unit of work queued something."""

    has_new = False

    async def add(
        self,
        item_id: str,
        kind: OutboxKind,
        name: str,
        payload_sealed: str,
        now: Instant,
        due_at: Instant,
        *,
        expires_at: Instant | None = None,
        user_id: str = "",
        flow_id: str = "",
    ) -> None:
        """Queue an email or a deferred job in the transaction of its cause, to be processed at `due_at` or later.

        `expires_at`: until when it makes sense. `user_id`, `flow_id`: the account and the code that it is about.
        """
        await self._db.run(
            """INSERT INTO outbox
                (id, kind, name, payload_sealed, created_at, next_try_at, expires_at, user_id, flow_id)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
            item_id,
            kind.value,
            name,
            payload_sealed,
            now,
            due_at,
            expires_at,
            user_id or None,
            flow_id or None,
        )
        self.has_new = True

    async def due(self, now: Instant, count: int) -> Sequence[str]:
        """Return the ids of up to `count` rows that are due and not claimed by a worker, those due longest first."""
        sql = f"""SELECT id FROM outbox WHERE {_WAITING} AND next_try_at <= $1 AND leased_until <= $1
            ORDER BY next_try_at, id LIMIT $2"""
        rows = await self._db.all(sql, now, count)
        return [row["id"] for row in rows]

    async def next_due_at(self, now: Instant) -> Instant | None:
        """Return when the next row that is not due yet becomes due; None when there is none."""
        sql = f"SELECT min(next_try_at) AS at FROM outbox WHERE {_WAITING} AND next_try_at > $1"
        row = await self._db.one(sql, now)
        return row["at"] if row else None

    async def claim(self, item_id: str, now: Instant, leased_until: Instant) -> OutboxItem | None:
        """Claim a row until `leased_until` and count the attempt; None when another worker has claimed it."""
        sql = f"""UPDATE outbox SET leased_until = $3, attempts = attempts + 1
            WHERE id = $1 AND {_WAITING} AND next_try_at <= $2 AND leased_until <= $2
            RETURNING {_COLUMNS}"""
        row = await self._db.one(sql, item_id, now, leased_until)
        if row is None:
            return None
        values = {name: row[name] for name in OutboxItem.__dataclass_fields__}
        return OutboxItem(**values | {"kind": OutboxKind(values["kind"])})

    async def is_busy(self, now: Instant) -> bool:
        """Whether a row is due or being processed at this moment."""
        sql = f"SELECT 1 AS found FROM outbox WHERE {_WAITING} AND next_try_at <= $1 LIMIT 1"
        return await self._db.one(sql, now) is not None

    async def sent(self, item_id: str, now: Instant) -> None:
        """Mark a row as done: its content is deleted, the row stays until `purge`."""
        await self._db.run("UPDATE outbox SET sent_at = $2, payload_sealed = NULL WHERE id = $1", item_id, now)

    async def retry(self, item: OutboxItem, error: str, next_try_at: Instant) -> None:
        """Record a failed attempt and release the row until `next_try_at`."""
        sql = f"UPDATE outbox SET last_error = $3, next_try_at = $4, leased_until = 0 WHERE {_MINE}"
        await self._db.run(sql, item.id, item.attempts, error, next_try_at)

    async def give_up(self, item: OutboxItem, error: str, now: Instant) -> None:
        """Mark a row as a dead letter: it is kept for the operator, without its content."""
        sql = f"UPDATE outbox SET last_error = $3, dead_at = $4, payload_sealed = NULL WHERE {_MINE}"
        await self._db.run(sql, item.id, item.attempts, error, now)

    async def drop(self, item: OutboxItem, reason: str, now: Instant) -> None:
        """Mark a row as dropped, as it makes no sense any more: it is kept for the operator, without its content."""
        sql = f"UPDATE outbox SET last_error = $3, dropped_at = $4, payload_sealed = NULL WHERE {_MINE}"
        await self._db.run(sql, item.id, item.attempts, reason, now)

    @hot
    async def state(self) -> OutboxState:
        """Return the summary of the outbox: rows that wait, were given up or dropped, and when the oldest that waits
        was queued. Reads none of those that were sent, which are most.
        """
        row = await self._db.one(_STATE)
        assert row is not None
        return OutboxState(row["pending"], row["dead"], row["dropped"], row["oldest"])

    async def purge(self, done_before: Instant, count: int) -> int:
        """Delete up to `count` rows that were done, given up or dropped before `done_before`. Returns how many."""
        sql = delete_some("outbox", "sent_at < $1 OR dead_at < $1 OR dropped_at < $1")
        return await self._db.run(sql, done_before, count)

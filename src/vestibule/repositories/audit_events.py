"""The audit log: rows are appended and later purged by age, never changed."""

from collections.abc import Sequence

from vestibule.db.engine import Connection
from vestibule.domain.audit import Action, AuditEvent
from vestibule.domain.instant import Instant

_NAMES = tuple(AuditEvent.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)


class AuditEvents:
    """Rows of `audit_events`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, event: AuditEvent) -> None:
        """Append one event."""
        marks = ", ".join(f"${n}" for n in range(1, len(_NAMES) + 1))
        sql = f"INSERT INTO audit_events ({_COLUMNS}) VALUES ({marks})"
        await self._db.run(sql, *(getattr(event, name) for name in _NAMES))

    async def about(self, subject_id: str, before: str, count: int) -> Sequence[AuditEvent]:
        """Return up to `count` events about a user, newest first, older than the event id `before` (empty: the newest).

        Token refreshes are left out: one every quarter of an hour would hide what matters.
        """
        sql = f"""SELECT {_COLUMNS} FROM audit_events WHERE subject_id = $1 AND action <> $4 AND ($2 = '' OR id < $2)
            ORDER BY id DESC LIMIT $3"""
        rows = await self._db.all(sql, subject_id, before, count, Action.TOKEN_REFRESHED.value)
        return [AuditEvent(**{name: row[name] for name in _NAMES}) for row in rows]

    async def purge(self, before: Instant, count: int) -> int:
        """Delete up to `count` events older than `before`. Returns how many."""
        sql = "DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE occurred_at < $1 LIMIT $2)"
        return await self._db.run(sql, before, count)

    async def purge_refreshes(self, before: Instant, count: int) -> int:
        """Delete up to `count` token refreshes older than `before`. Returns how many.

        They are most of the log and are needed for a shorter time than other events.
        """
        sql = """DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events
            WHERE action = 'token.refreshed' AND occurred_at < $1 LIMIT $2)"""
        return await self._db.run(sql, before, count)

"""The audit log: rows are appended and later purged by age, never changed."""

from collections.abc import Sequence

from vestibule.domain.audit import Action, AuditEvent
from vestibule.domain.instant import Instant
from vestibule.repositories.repository import Repository, delete_some, insert

_NAMES = tuple(AuditEvent.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)
_ADD = insert("audit_events", _NAMES)


class AuditEvents(Repository):
    """Rows of `audit_events`."""

    async def add(self, event: AuditEvent) -> None:
        """Append one event."""
        await self._db.run(_ADD, *(getattr(event, name) for name in _NAMES))

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
        return await self._db.run(delete_some("audit_events", "occurred_at < $1"), before, count)

    async def purge_refreshes(self, before: Instant, count: int) -> int:
        """Delete up to `count` token refreshes older than `before`. Returns how many.

        They are most of the log and are needed for a shorter time than other events.
        """
        sql = delete_some("audit_events", "action = 'token.refreshed' AND occurred_at < $1")
        return await self._db.run(sql, before, count)

"""The cutoff after a restored backup: nothing that was ended since the backup comes back."""

from vestibule.domain.audit import Action
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog


class RestoreCutoff:
    """Revokes everything issued before now: what was revoked between the backup and now is not known any more."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    async def set(self) -> int:
        """Set the cutoff: every user has to sign in again, and emails that waited in the backup are dropped, as they
        were sent long ago. Returns how many sessions ended.
        """
        async with self._database.writing() as work:
            ended = await work.restore_cutoff.begin(self._clock.now())
            await work.status_indexes.void()
            await self._audit.record_by_operator(work, Action.BACKUP_RESTORED, sessions=ended)
        return ended

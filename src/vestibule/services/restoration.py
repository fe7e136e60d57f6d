"""After a restore: nothing that was ended since the backup comes back (SECURITY.md rule 11)."""

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog


class Restoration:
    """What was revoked between the backup and now is not known any more, so all of it is."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    async def begin_epoch(self) -> int:
        """Everybody signs in anew; mails that waited in the backup were sent long ago. How many sessions ended."""
        async with self._database.writing() as work:
            ended = await work.epoch.begin(self._clock.now())
            await work.status_indexes.void()
            await self._audit.record(work, Action.BACKUP_RESTORED, Device(), subject=None, actor="cli", sessions=ended)
        return ended

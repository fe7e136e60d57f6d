"""The deletion of an account by its user. `account_safety` restores it during the grace period."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.instant import Duration
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.taking_back import Event
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller
from vestibule.services.sessions.take_back import TakeBack


@dataclass(eq=False, repr=False)
class AccountDeletion:
    """Deletes accounts; `grace` is how long a deletion can be undone (microseconds). The route requires a fresh
    proof.
    """

    _database: Database
    _clock: Clock
    _take_back: TakeBack
    _codes: OneTimeCodes
    _notifications: Notifications
    _audit: AuditLog
    _grace: Duration

    async def delete(self, principal: Principal, device: Device) -> Denied | None:
        """Delete the account: every session ends, the name and address stay reserved, the id is never reused. While the
        grace period lasts, the link in the email restores the account. Denied: NotAuthenticated when the session
        ended.
        """
        async with self._database.writing() as work:
            now = self._clock.now()
            user = await hold_caller(work, principal, now)
            if isinstance(user, Denied):
                return user
            await work.users.soft_delete(user.id, now)
            taken = await self._take_back.apply(work, Event.DELETE, user)
            code = await self._codes.issue(work, CodePurpose.DELETION_UNDO, user.id, user.id, self._grace)
            await self._notifications.account_deleted(work, user, device, taken, code)
            await self._audit.record_by_caller(work, Action.DELETED, device, principal, **taken.detail())
        return None

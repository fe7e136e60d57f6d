"""The recovery codes of an account, as its page changes them. Callers have given a fresh proof."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.credential import SECOND_FACTOR_KINDS
from vestibule.domain.device import Device
from vestibule.domain.errors import Conflict, Denied
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.recovery_codes import RecoveryCodes
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller


@dataclass(eq=False, repr=False)
class AccountRecoveryCodes:
    """Replaces the recovery codes of the caller's account."""

    _database: Database
    _clock: Clock
    _recovery_codes: RecoveryCodes
    _changes: FactorChanges
    _notifications: Notifications

    async def make(self, principal: Principal, device: Device) -> list[str] | Denied:
        """Return ten new recovery codes; the old ones do not work any more. Denied: Conflict for an account without a
        second factor, NotAuthenticated when the session ended. Raises Overloaded.
        """
        plain, rows = await self._recovery_codes.draft(principal.user.id)
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if not await work.credentials.kinds(user.id) & SECOND_FACTOR_KINDS:
                return Denied(Conflict("Recovery codes stand in for a second factor: add one first."))
            await self._recovery_codes.replace(work, user.id, rows)
            await self._changes.note(work, Action.RECOVERY_CODES_MADE, user, device, session=principal.session.id)
            await self._notifications.recovery_codes_made(work, user, device)
        return plain

"""Recovery from a lost second factor: request it, wait, be warned on every channel; `FactorChanges` completes it."""

from dataclasses import dataclass

from vestibule.crypto.entropy import new_id
from vestibule.domain.audit import Action
from vestibule.domain.credential import FactorRecovery
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCode, UsedCode
from vestibule.domain.instant import DAY, Duration
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications

_OPEN_FOR = 7 * DAY


@dataclass(eq=False, repr=False)
class FactorRecoveries:
    """Runs delayed recoveries of the second factor. `delay` is the wait that the operator configured (microseconds);
    with 0 there is no such recovery. Starting one does nothing else until the wait is over.
    """

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _codes: OneTimeCodes
    _notifications: Notifications
    _audit: AuditLog
    delay: Duration

    async def running(self, user_id: str) -> FactorRecovery | None:
        """Return the user's open recovery, waiting or ready; None when there is none."""
        async with self._database.reading() as work:
            return await work.factor_recoveries.find_open(user_id, self._clock.now())

    def is_ready(self, recovery: FactorRecovery) -> bool:
        """Return whether the wait of this recovery is over."""
        return recovery.ready_at <= self._clock.now()

    async def start(self, user: User, device: Device, by: str = "") -> FactorRecovery:
        """Start the wait and email the user a link that cancels it. A recovery that is open already is returned
        unchanged. `by`: who starts it, if not the user.
        """
        now = self._clock.now()
        async with self._database.writing() as work:
            user = await work.users.hold(user.id) or user
            if (found := await work.factor_recoveries.find_open(user.id, now)) is not None:
                return found
            ready = now + self.delay
            made = FactorRecovery(
                new_id("recovery", now, self._entropy),
                user.id,
                by or user.id,
                now,
                ready,
                ready + _OPEN_FOR,
                None,
                None,
            )
            await work.factor_recoveries.add(made)
            code = await self._codes.issue(work, CodePurpose.RECOVERY_CANCEL, user.id, made.id, self.delay + _OPEN_FOR)
            await self._notifications.recovery_started(work, user, device, code, ready)
            await self._audit.record(work, Action.RECOVERY_STARTED, device, subject=user.id, actor=by or None)
        return made

    async def cancel(self, user: User, device: Device) -> bool:
        """Cancel the user's open recovery. Returns whether there was one."""
        async with self._database.writing() as work:
            # The user's row first: taking an account back takes it before the recovery's.
            await work.users.hold(user.id)
            return await self._cancel(work, user, device)

    async def cancel_by_link(self, token: str, device: Device) -> Denied | None:
        """Cancel a recovery by the link in the email, without signing in. Denied (InvalidCode, ExpiredCode, UsedCode)
        when the link does not work or no recovery is open.
        """
        code = await self._codes.find_link(CodePurpose.RECOVERY_CANCEL, token)
        if isinstance(code, Denied):
            return code
        async with self._database.writing() as work:
            user = await work.users.hold(code.user_id)
            if user is None or not await self._codes.consume(work, code):
                return Denied(UsedCode())
            if not await self._cancel(work, user, device):
                return Denied(InvalidCode(private="nothing was waiting"))
        return None

    async def _cancel(self, work: UnitOfWork, user: User, device: Device) -> bool:
        if not await work.factor_recoveries.cancel(user.id, self._clock.now()):
            return False
        await work.one_time_codes.void(user.id, CodePurpose.RECOVERY_CANCEL, self._clock.now())
        await self._notifications.recovery_cancelled(work, user, device)
        await self._audit.record(work, Action.RECOVERY_CANCELLED, device, subject=user.id)
        return True

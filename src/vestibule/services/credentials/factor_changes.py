"""What follows from every change of a sign-in factor, in the transaction of the change."""

from dataclasses import dataclass
from typing import Any

from vestibule.domain.assurance import EnrolledFactors
from vestibule.domain.audit import Action
from vestibule.domain.credential import SECOND_FACTOR_KINDS, CredentialKind, FactorRecovery
from vestibule.domain.device import Device
from vestibule.domain.login import EnrolledFactor
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock
from vestibule.domain.taking_back import Event, Thing
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.take_back import TakeBack

_ENROLLED = {
    CredentialKind.PASSKEY: EnrolledFactor.PASSKEY,
    CredentialKind.TOTP: EnrolledFactor.TOTP,
    CredentialKind.RECOVERY_CODE: EnrolledFactor.RECOVERY_CODE,
}


@dataclass(eq=False, repr=False)
class FactorChanges:
    """Applies the consequences of a factor change: no device stays trusted, open login attempts end, the owner gets an
    email, and the audit log an event (ASVS 6.3.7).
    """

    _database: Database
    _clock: Clock
    _take_back: TakeBack
    _limits: RateLimits
    _audit: AuditLog
    _notifications: Notifications

    async def enrolled_factors(self, user: User, roles: tuple[str, ...]) -> EnrolledFactors:
        """Return which factors this account has, whether its user wants a second factor, and its roles."""
        async with self._database.reading() as work:
            kinds = await work.credentials.kinds(user.id)
        enrolled = {EnrolledFactor.EMAIL, EnrolledFactor.NOTHING, *(_ENROLLED[kind] for kind in kinds)}
        if user.password_hash is not None:
            enrolled.add(EnrolledFactor.PASSWORD)
        return EnrolledFactors(frozenset(enrolled), user.second_factor_at is not None, frozenset(roles))

    async def note(
        self,
        work: UnitOfWork,
        action: Action,
        user: User,
        device: Device,
        *,
        session: str | None = None,
        keep_attempt: str = "",
        **detail: Any,
    ) -> None:
        """Apply the consequences of a change that was just made to the user's factors, in the transaction `work`.

        `session`: the id of the session that made the change. `keep_attempt`: the id of the one login attempt that goes
        on. `detail` becomes part of the audit event.
        """
        now = self._clock.now()
        await work.trusted_devices.remove_all(user.id)
        await work.login_attempts.finish_all(user.id, now, keep=keep_attempt)
        await self._audit.record(work, action, device, subject=user.id, session=session, **detail)

    async def turn_on(self, work: UnitOfWork, user: User) -> None:
        """Require a second factor of this user from now on. The caller has locked the user's row."""
        if user.second_factor_at is None:
            await work.users.set_second_factor(user.id, self._clock.now())

    async def settle(self, work: UnitOfWork, user: User) -> None:
        """Call this after a factor was removed. If it was the account's last second factor, none is required any more,
        and the recovery codes are deleted, which only stand in for one. The caller has locked the user's row: a factor
        that is added or required at the same time comes before or after.
        """
        kinds = await work.credentials.kinds(user.id)
        if not kinds & SECOND_FACTOR_KINDS:
            await work.credentials.remove_kind(user.id, CredentialKind.RECOVERY_CODE)
            await work.users.set_second_factor(user.id, None)

    async def claim(self, user: User, device: Device, *, keep_attempt: str = "") -> User:
        """Give an unverified account to the person who proved its mailbox without being signed in. Whatever was added
        before is removed, so that a person who registered another's address first keeps no access (pre-hijacking).

        Returns the account as it is afterwards. An account that is verified, or was moved to another address, disabled
        or deleted meanwhile, is not claimed.
        """
        if user.email_verified_at is not None:
            return user
        async with self._database.writing() as work:
            held = await work.users.hold(user.id)
            if held is None or not held.is_reachable:
                return held or user
            if held.email_canonical != user.email_canonical:
                # The proved mailbox no longer belongs to this account: no sign-in may rest on that proof.
                await work.login_attempts.finish(keep_attempt, self._clock.now())
                return held
            if held.email_verified_at is not None:
                return held
            await self.disown(work, held, device, keep_attempt=keep_attempt)
            return await work.users.find(user.id) or held

    async def disown(self, work: UnitOfWork, user: User, device: Device, *, keep_attempt: str = "") -> None:
        """Mark the user's address as verified and remove what was added before that proof, like `claim` but within the
        transaction `work`. The owner gets an email when that was a password, a factor or an API key.
        """
        now = self._clock.now()
        await work.users.set_email_verified(user.id, user.email, user.email_canonical, now)
        taken = await self._take_back.apply(work, Event.CLAIM, user, keep_attempt=keep_attempt)
        if taken.voided.keys() & {Thing.PASSWORD, Thing.FACTORS, Thing.API_KEYS}:
            await self._notifications.factors_reset(work, user, device, taken)
        await self._audit.record(work, Action.FACTORS_RESET, device, subject=user.id, **taken.detail())

    async def complete_recovery(self, user: User, recovery: FactorRecovery, device: Device, *, attempt: str) -> bool:
        """End a recovery whose wait is over: second factors are removed, and sessions and login attempts end, except
        the attempt with the id `attempt`. Returns whether this call did it.
        """
        now = self._clock.now()
        async with self._database.writing() as work:
            held = await work.users.hold(user.id)
            if held is None or not held.is_active:
                return False
            if not await work.factor_recoveries.complete(recovery.id, now):
                return False
            await self._limits.release_factor(work, user.id)
            await work.one_time_codes.void(user.id, CodePurpose.RECOVERY_CANCEL, now)
            taken = await self._take_back.apply(work, Event.FACTOR_RECOVERY, held, keep_attempt=attempt)
            await self._notifications.recovery_completed(work, held, device, taken)
            await self._audit.record(work, Action.RECOVERY_COMPLETED, device, subject=user.id, **taken.detail())
        return True

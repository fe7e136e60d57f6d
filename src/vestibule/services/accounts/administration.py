"""What operators do with users."""

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.credential import FactorRecovery
from vestibule.domain.device import Device
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock
from vestibule.domain.taking_back import Event
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.factor_recovery import FactorRecoveries
from vestibule.services.credentials.identifiers import canonical_identifier
from vestibule.services.records.audit import OPERATOR, AuditLog
from vestibule.services.sessions.take_back import TakeBack


@dataclass(eq=False, repr=False)
class Administration:
    """Operator actions on accounts. Each change ends what it must end in the same transaction."""

    _database: Database
    _clock: Clock
    _take_back: TakeBack
    _recoveries: FactorRecoveries
    _audit: AuditLog

    async def find(self, who: str) -> User | None:
        """Return the user with this id, username or email address, or None."""
        async with self._database.reading() as work:
            return await work.users.find(who) or await work.users.find_by_identifier(canonical_identifier(who))

    async def page(self, after: str, count: int) -> Sequence[User]:
        """Return up to `count` users in the order of their ids, beginning after the id `after`."""
        async with self._database.reading() as work:
            return await work.users.page(after, count)

    async def disable(self, user: User) -> bool:
        """Disable the account: no sign-in and no session from now on. Returns whether anything changed."""
        now = self._clock.now()
        async with self._database.writing() as work:
            changed = await work.users.disable(user.id, now)
            taken = await self._take_back.apply(work, Event.DISABLE, user)
            if changed:
                await self._audit.record_by_operator(work, Action.DISABLED, subject=user.id, **taken.detail())
        return changed

    async def enable(self, user: User) -> bool:
        """Let the user sign in again; ended sessions stay ended. Returns whether anything changed."""
        async with self._database.writing() as work:
            changed = await work.users.enable(user.id, self._clock.now())
            if changed:
                await self._audit.record_by_operator(work, Action.ENABLED, subject=user.id)
        return changed

    async def delete(self, user: User) -> bool:
        """Soft-delete the account: the name and address stay reserved. Returns whether anything changed."""
        now = self._clock.now()
        async with self._database.writing() as work:
            changed = await work.users.soft_delete(user.id, now)
            taken = await self._take_back.apply(work, Event.DELETE, user)
            for purpose in (CodePurpose.EMAIL_UNDO, CodePurpose.DELETION_UNDO):
                await work.one_time_codes.void(user.id, purpose, now)  # no link brings back what an operator deleted
            if changed:
                await self._audit.record_by_operator(work, Action.DELETED, subject=user.id, **taken.detail())
        return changed

    async def start_recovery(self, user: User) -> FactorRecovery | None:
        """Start the wait for a user who lost the second factor; None when recovery is switched off, or the account
        inactive.

        An operator can only start it: the owner gets an email, may stop it, and has to finish it (ASVS 6.4.6).
        """
        if not self._recoveries.delay or not user.is_active:
            return None
        return await self._recoveries.start(user, Device(), by=OPERATOR)

    async def mark_verified(self, user: User) -> None:
        """Mark the user's address as verified: the operator vouches for it."""
        async with self._database.writing() as work:
            await work.users.set_email_verified(user.id, user.email, user.email_canonical, self._clock.now())
            await self._audit.record_by_operator(work, Action.EMAIL_VERIFIED, subject=user.id)

"""What operators do with users."""

from collections.abc import Sequence

from vestibule.domain.audit import Action
from vestibule.domain.credential import FactorRecovery
from vestibule.domain.device import Device
from vestibule.domain.ports import Clock
from vestibule.domain.taking_back import Event
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog
from vestibule.services.factor_recovery import FactorRecoveries
from vestibule.services.identifiers import canonical_identifier
from vestibule.services.take_back import TakeBack

_ACTOR = "cli"


class Administration:
    """Each change ends what it must end in the same transaction."""

    def __init__(
        self, database: Database, clock: Clock, take_back: TakeBack, recoveries: FactorRecoveries, audit: AuditLog
    ) -> None:
        self._database = database
        self._clock = clock
        self._take_back = take_back
        self._recoveries = recoveries
        self._audit = audit

    async def find(self, who: str) -> User | None:
        """By id, username or email."""
        async with self._database.reading() as work:
            return await work.users.find(who) or await work.users.find_by_identifier(canonical_identifier(who))

    async def page(self, after: str, count: int) -> Sequence[User]:
        """Users by id."""
        async with self._database.reading() as work:
            return await work.users.page(after, count)

    async def disable(self, user: User) -> bool:
        """No sign-in, no session, from now on; whether anything changed."""
        now = self._clock.now()
        async with self._database.writing() as work:
            changed = await work.users.disable(user.id, now)
            taken = await self._take_back.apply(work, Event.DISABLE, user)
            if changed:
                await self._audit.record(
                    work, Action.DISABLED, Device(), subject=user.id, actor=_ACTOR, **taken.detail()
                )
        return changed

    async def enable(self, user: User) -> bool:
        """May sign in again; whether anything changed. Ended sessions stay ended."""
        async with self._database.writing() as work:
            changed = await work.users.enable(user.id, self._clock.now())
            if changed:
                await self._audit.record(work, Action.ENABLED, Device(), subject=user.id, actor=_ACTOR)
        return changed

    async def delete(self, user: User) -> bool:
        """Soft deletion: the name and address stay reserved; whether anything changed."""
        now = self._clock.now()
        async with self._database.writing() as work:
            changed = await work.users.soft_delete(user.id, now)
            taken = await self._take_back.apply(work, Event.DELETE, user)
            if changed:
                await self._audit.record(
                    work, Action.DELETED, Device(), subject=user.id, actor=_ACTOR, **taken.detail()
                )
        return changed

    async def start_recovery(self, user: User) -> FactorRecovery | None:
        """Begin the wait for a user who lost the second factor; None when there is nothing to recover from here.

        An operator can only start it: the owner is told, may stop it, and has to finish it (ASVS 6.4.6).
        """
        if not self._recoveries.delay or not user.is_active:
            return None
        return await self._recoveries.start(user, Device(), by=_ACTOR)

    async def mark_verified(self, user: User) -> None:
        """The operator vouches for the address."""
        async with self._database.writing() as work:
            await work.users.set_email_verified(user.id, user.email, user.email_canonical, self._clock.now())
            await self._audit.record(work, Action.EMAIL_VERIFIED, Device(), subject=user.id, actor=_ACTOR)

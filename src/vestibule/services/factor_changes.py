"""What every change of a factor brings with it, in the same transaction."""

from typing import Any

from vestibule.domain.assurance import Holder
from vestibule.domain.audit import Action
from vestibule.domain.credential import SECOND_FACTOR_KINDS, CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.login import Holding
from vestibule.domain.mail import Mail
from vestibule.domain.ports import Clock
from vestibule.domain.taking_back import Event, Thing
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.notifications import Notifications
from vestibule.services.take_back import TakeBack

_HOLDINGS = {
    CredentialKind.PASSKEY: Holding.PASSKEY,
    CredentialKind.TOTP: Holding.TOTP,
    CredentialKind.RECOVERY_CODE: Holding.RECOVERY_CODE,
}


class FactorChanges:
    """No device stays trusted, no attempt goes on, the owner is told, the log knows (ASVS 6.3.7)."""

    def __init__(
        self, database: Database, clock: Clock, take_back: TakeBack, audit: AuditLog, notifications: Notifications
    ) -> None:
        self._database = database
        self._clock = clock
        self._take_back = take_back
        self._audit = audit
        self._notifications = notifications

    async def holder(self, user: User, roles: tuple[str, ...]) -> Holder:
        """What this account holds."""
        async with self._database.reading() as work:
            kinds = await work.credentials.kinds(user.id)
        holdings = {Holding.EMAIL, Holding.NOTHING, *(_HOLDINGS[kind] for kind in kinds)}
        if user.password_hash is not None:
            holdings.add(Holding.PASSWORD)
        return Holder(frozenset(holdings), user.second_factor_at is not None, frozenset(roles))

    async def note(
        self, work: UnitOfWork, action: Action, user: User, device: Device, mail: Mail | None = None, *,
        session: str | None = None, keep_attempt: str = "", **detail: str | int,
    ) -> None:  # fmt: skip
        """After the change itself: everything that follows from it."""
        now = self._clock.now()
        await work.trusted_devices.remove_all(user.id)
        await work.login_attempts.finish_all(user.id, now, keep=keep_attempt)
        about: dict[str, Any] = dict(detail)
        await self._audit.record(work, action, device, subject=user.id, session=session, **about)
        if mail is not None:
            await self._notifications.queue(work, mail)

    async def turn_on(self, work: UnitOfWork, user: User) -> None:
        """From now on this user, whose row is held, is asked for a second factor."""
        if user.second_factor_at is None:
            await work.users.set_second_factor(user.id, self._clock.now())

    async def settle(self, work: UnitOfWork, user: User) -> None:
        """With its last second factor gone an account is not asked for one, and recovery codes are for nothing. The
        user's row is held: a factor that is added or demanded at the same time comes before or after.
        """
        kinds = await work.credentials.kinds(user.id)
        if not kinds & SECOND_FACTOR_KINDS:
            await work.credentials.remove_kind(user.id, CredentialKind.RECOVERY_CODE)
            await work.users.set_second_factor(user.id, None)

    async def claim(self, user: User, device: Device, *, keep_attempt: str = "") -> User:
        """This mailbox was proved by a person who was not signed in: the account is theirs. Whatever was added before
        goes, so that no one who registered the address first keeps a way in (SECURITY cases 41 to 45).

        Returns the account as it is then. One that was proved, moved to another address, disabled or deleted meanwhile
        is not claimed.
        """
        async with self._database.writing() as work:
            held = await work.users.hold(user.id)
            if held is None or not held.is_reachable:
                return held or user
            if held.email_canonical != user.email_canonical:
                # The mailbox that was proved is not this account's any more: no sign-in may rest on that proof.
                await work.login_attempts.finish(keep_attempt, self._clock.now())
                return held
            if held.email_verified_at is not None:
                return held
            await self.disown(work, held, device, keep_attempt=keep_attempt)
            return await work.users.find(user.id) or held

    async def disown(self, work: UnitOfWork, user: User, device: Device, *, keep_attempt: str = "") -> None:
        """The same, within a transaction: the address is proved now, and what was not proved owned nothing."""
        now = self._clock.now()
        await work.users.set_email_verified(user.id, user.email, user.email_canonical, now)
        taken = await self._take_back.apply(work, Event.CLAIM, user, keep_attempt=keep_attempt)
        if taken.voided.keys() & {Thing.PASSWORD, Thing.FACTORS, Thing.API_KEYS}:
            told = self._notifications.messages.factors_reset(user, self._notifications.facts(device), taken)
            await self._notifications.queue(work, told)
        await self._audit.record(work, Action.FACTORS_RESET, device, subject=user.id, **taken.detail())

"""Registrations whose answer must not reveal whether the address has an account: it is looked up after the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.instant import Duration
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock
from vestibule.domain.user import Identifier, User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.email_challenges import EmailChallenges
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications


@dataclass(eq=False, repr=False)
class PendingRegistrations:
    """Stores users without their address, and gives it to them afterwards. `lifetime` (microseconds): how long such a
    user waits for it.
    """

    _database: Database
    _clock: Clock
    _challenges: EmailChallenges
    _deferred_jobs: DeferredJobs
    _notifications: Notifications
    _lifetime: Duration

    def pending(self, user: User) -> User:
        """Return the user as it is stored while the registration is pending: the address is not looked up before the
        response, so the response cannot reveal whether it is taken.
        """
        return replace(user, email_canonical=f"?{user.id}", pending_until=user.created_at + self._lifetime)

    async def enqueue(self, work: UnitOfWork, user: User, email: Identifier, device: Device) -> None:
        """Enqueue the claim of the address for a pending user, in the transaction that stores it."""
        await self._deferred_jobs.enqueue(
            work,
            DeferredJob.CLAIM_REGISTRATION,
            device,
            expires_at=user.created_at + self._lifetime,
            user=user.id,
            email=email.canonical,
        )

    async def claim(self, facts: Mapping[str, str], _: Device) -> None:
        """Run the deferred job of a private registration: the address becomes the new user's to confirm, or its owner
        gets an email.

        In the second case the name stays reserved as it does in the first, so registering again reveals nothing.
        """
        drafted = await self._challenges.draft()
        async with self._database.writing() as work:
            owner = await work.users.find_by_identifier(facts["email"])
            user = await work.users.find(facts["user"])
            if user is None or user.pending_until is None:
                return
            if owner is not None and owner.pending_until is None:
                if owner.is_active and await self._challenges.may_mail(work, owner.email_canonical):
                    await self._notifications.account_exists(work, owner)
                return
            if owner is not None and owner.id != user.id:
                # Neither account is confirmed: the person who registers now may be the one who reads the mailbox.
                await work.users.claim_email(owner.id, f"?{owner.id}")
                await work.one_time_codes.void(owner.id, CodePurpose.EMAIL_VERIFICATION, self._clock.now())
            await work.users.claim_email(user.id, facts["email"])
            await self._challenges.send(work, user, Identifier(user.email, facts["email"]), drafted)

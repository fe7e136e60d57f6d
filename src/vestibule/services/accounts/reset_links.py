"""Forgotten passwords: the link by email, which `password_reset` takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.identifiers import canonical_identifier
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications


@dataclass(eq=False, repr=False)
class ResetLinks:
    """Emails the links for choosing a new password."""

    _database: Database
    _clock: Clock
    _codes: OneTimeCodes
    _limits: RateLimits
    _deferred_jobs: DeferredJobs
    _notifications: Notifications
    _audit: AuditLog

    async def request(self, email: str, device: Device) -> None:
        """Email a link if this is the address of a reachable account; neither the response nor its time reveals whether
        it is.
        """
        async with self._database.writing() as work:
            await self._deferred_jobs.enqueue(
                work,
                DeferredJob.EMAIL_RESET_LINK,
                device,
                expires_at=self._clock.now() + self._codes.policy.reset_lifetime,
                email=canonical_identifier(email),
            )

    async def mail(self, facts: Mapping[str, str], device: Device) -> None:
        """Run the deferred job that `request` enqueues: email the link, if the account exists and its email limit
        allows.
        """
        canonical = facts["email"]
        async with self._database.writing() as work:
            found = await work.users.find_by_identifier(canonical)
            # The user's row before the limits': every change of the account takes the two in this order.
            user = await work.users.hold(found.id) if found else None
            if user is None or not user.is_reachable or user.email_canonical != canonical:
                return
            if not await self._limits.may_mail(work, canonical):
                return
            lifetime = self._codes.policy.reset_lifetime
            code = await self._codes.issue(work, CodePurpose.PASSWORD_RESET, user.id, user.email_canonical, lifetime)
            await self._notifications.password_reset(work, user, code)
            await self._audit.record(work, Action.PASSWORD_RESET_REQUESTED, device, subject=user.id)

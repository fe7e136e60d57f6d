"""Tries at a password: each is counted before any hash runs, and many wrong ones alert the owner (ASVS 6.3.5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.rate_limit import Tried
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.attack_detection import AttackDetection
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications


@dataclass(eq=False, repr=False)
class PasswordGuesses:
    """Counts tries at passwords, per account or, for an unknown user, per identifier. Tries from a browser with the
    user's device cookie have a count of their own.
    """

    _database: Database
    _limits: RateLimits
    _device_cookies: DeviceCookies
    _attack_detection: AttackDetection
    _deferred_jobs: DeferredJobs
    _notifications: Notifications
    _audit: AuditLog

    async def count(self, user: User | None, identifier: str, device: Device) -> Tried | Denied:
        """Reserve one try; Denied (RateLimited) when the account was tried too often."""
        bucket = self._device_cookies.bucket(user, device) if user else identifier
        counted = await self._limits.count_failure(bucket)
        if isinstance(counted, Denied):
            self._attack_detection.note(failed=True)
        return counted

    async def checked(self, tried: Tried, user: User | None, device: Device, *, right: bool) -> None:
        """Call this after a password was checked. Once all free tries have failed in a row, a job is enqueued that
        alerts the owner, whether there is one or not: the time of the response reveals no accounts.
        """
        self._attack_detection.note(failed=not right)
        if not right and tried.count == self._limits.policy.account_failures.free:
            async with self._database.writing() as work:
                await self._deferred_jobs.enqueue(
                    work, DeferredJob.ALERT_OF_PASSWORD_GUESSING, device, expires_at=None, user=user.id if user else ""
                )

    async def alert_owner(self, facts: Mapping[str, str], device: Device) -> None:
        """Run the deferred job that `checked` enqueues: an email to the owner that the password is being guessed, once
        per row of failures, and an audit event (ASVS 6.3.5).
        """
        async with self._database.writing() as work:
            user = await work.users.hold(facts["user"])
            if user is None:
                return
            await self._notifications.guessing(work, user, device)
            await self._audit.record(work, Action.GUESSING, device, subject=user.id)

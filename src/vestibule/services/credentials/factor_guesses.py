"""Tries at a second factor: each is counted before its code is checked, and several wrong ones alert the owner (ASVS
6.3.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.rate_limit import Tried
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications


@dataclass(eq=False, repr=False)
class FactorGuesses:
    """Counts tries at second factors. Codes of the authenticator app and recovery codes share one count per account, or
    per device cookie of the account.
    """

    _database: Database
    _limits: RateLimits
    _device_cookies: DeviceCookies
    _deferred_jobs: DeferredJobs
    _notifications: Notifications
    _audit: AuditLog

    async def count(self, user: User, device: Device) -> Tried | Denied:
        """Reserve one try; Denied (RateLimited) when the second factor of this account was tried too often."""
        return await self._limits.count_factor_failure(self._device_cookies.bucket(user, device))

    async def failed(self, tried: Tried, user: User, device: Device) -> None:
        """Call this after a wrong code. Once half of the free tries have failed in a row, a job is enqueued that alerts
        the owner: the person who guesses here has passed the first step, and correct passwords use up the account's
        free tries as well.
        """
        if tried.count == max(1, self._limits.policy.account_failures.free // 2):
            async with self._database.writing() as work:
                await self._deferred_jobs.enqueue(
                    work, DeferredJob.ALERT_OF_FACTOR_GUESSING, device, expires_at=None, user=user.id
                )

    async def alert_owner(self, facts: Mapping[str, str], device: Device) -> None:
        """Run the deferred job that `failed` enqueues: an email to the owner and an audit event."""
        async with self._database.writing() as work:
            user = await work.users.hold(facts["user"])
            if user is None or not user.is_active:
                return
            await self._notifications.factor_guessing(work, user, device)
            await self._audit.record(work, Action.FACTOR_GUESSING, device, subject=user.id)

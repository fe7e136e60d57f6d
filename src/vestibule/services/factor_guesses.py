"""Tries at a second factor: counted before a code is checked; several wrong ones alert the owner (ASVS 6.3.5)."""

from collections.abc import Mapping

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.rate_limit import Tried
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog
from vestibule.services.errands import Errands
from vestibule.services.known_devices import KnownDevices
from vestibule.services.notifications import Notifications
from vestibule.services.rate_limits import RateLimits


class FactorGuesses:
    """App codes and recovery codes share one count per account, or per known device of the account."""

    def __init__(
        self, database: Database, limits: RateLimits, known: KnownDevices, errands: Errands,
        notifications: Notifications, audit: AuditLog,
    ) -> None:  # fmt: skip
        self._database = database
        self._limits = limits
        self._known = known
        self._errands = errands
        self._notifications = notifications
        self._audit = audit

    async def count(self, user: User, device: Device) -> Tried | Denied:
        """Reserve one try; Denied when the account's factor has been tried too often."""
        return await self._limits.count_factor_failure(self._known.bucket(user, device))

    async def failed(self, tried: Tried, user: User, device: Device) -> None:
        """The code was wrong. Half of the free tries, wrong in a row, alert the owner once: who guesses here has passed
        the first step, and right passwords use up the account's free tries as well.
        """
        if tried.count == max(1, self._limits.policy.account_failures.free // 2):
            async with self._database.writing() as work:
                await self._errands.leave(work, "factor_guessing", device, user=user.id)

    async def alert_owner(self, facts: Mapping[str, str], device: Device) -> None:
        """The deferred job that `failed` leaves: an email and an audit event."""
        async with self._database.writing() as work:
            user = await work.users.find(facts["user"])
            if user is None or not user.is_active:
                return
            email = self._notifications.messages.factor_guessing(user, self._notifications.facts(device))
            await self._notifications.queue(work, email)
            await self._audit.record(work, Action.FACTOR_GUESSING, device, subject=user.id)

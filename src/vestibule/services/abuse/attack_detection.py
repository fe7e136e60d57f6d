"""Attack detection: decided from all sign-ins together, and shared with every worker within a second or two (ASVS
6.3.1).
"""

from vestibule.domain.attack_detection import AttackDetectionPolicy, Tally
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.instant import SECOND, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog

_PERIOD: Duration = 10 * SECOND
_ONCE: Duration = 30 * SECOND
_NOTHING = Tally(0, 0)


class AttackDetection:
    """Counts sign-ins in memory and adds them to the database at every `flush`, so that no sign-in waits for it."""

    def __init__(self, database: Database, clock: Clock, policy: AttackDetectionPolicy, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._waiting = _NOTHING
        self.policy = policy
        self.under_attack = False

    def note(self, *, failed: bool) -> None:
        """Count one sign-in, or one guess at any other secret of an account, as failed or successful."""
        self._waiting += Tally(1, 0) if failed else Tally(0, 1)

    @property
    def work_bits(self) -> int:
        """How much proof of work a client without a device cookie has to show now, in leading zero bits; 0 for none."""
        policy = self.policy
        if policy.work == "off" or (policy.work == "auto" and not self.under_attack):
            return 0
        return policy.bits

    async def flush(self) -> None:
        """Add this worker's counts to the database, then decide from the counts of all workers whether this is an
        attack.
        """
        now = self._clock.now()
        await self._add_up(now)
        async with self._database.reading() as work:
            tally = await work.sign_in_tallies.since(now - self.policy.window)
        attacked = self.policy.is_attack(tally)
        if attacked != self.under_attack:
            self.under_attack = attacked
            await self._record(tally)

    async def _add_up(self, now: Instant) -> None:
        taken, self._waiting = self._waiting, _NOTHING
        if taken == _NOTHING:
            return
        try:
            async with self._database.autocommit() as work:
                await work.sign_in_tallies.add(now // _PERIOD * _PERIOD, taken)
        except BaseException:
            # An attack that comes with a database outage has to be counted too.
            self._waiting += taken
            raise

    async def _record(self, tally: Tally) -> None:
        """Write the audit event of the change, once among all workers."""
        action, now = Action.ATTACK_BEGUN if self.under_attack else Action.ATTACK_OVER, self._clock.now()
        async with self._database.writing() as work:
            if await work.leases.acquire(action.value, action.value, now, now + _ONCE):
                await self._audit.record(
                    work, action, Device(), subject=None, failures=tally.failures, successes=tally.successes
                )

"""The global signal: how sign-ins go altogether, known to every worker within a second or two (ASVS 6.3.1)."""

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.instant import SECOND, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.domain.pressure import PressurePolicy, Tally
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog

_PERIOD: Duration = 10 * SECOND
_ONCE: Duration = 30 * SECOND
_NOTHING = Tally(0, 0)


class Pressure:
    """Counts in memory, adds up in the database at every beat: a sign-in waits for none of it."""

    def __init__(self, database: Database, clock: Clock, policy: PressurePolicy, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._waiting = _NOTHING
        self.policy = policy
        self.under_attack = False

    def note(self, *, failed: bool) -> None:
        """One sign-in, or one guess at any other secret of an account."""
        self._waiting += Tally(1, 0) if failed else Tally(0, 1)

    @property
    def work_bits(self) -> int:
        """How much work a stranger has to show now; 0 for none."""
        policy = self.policy
        if policy.work == "off" or (policy.work == "auto" and not self.under_attack):
            return 0
        return policy.bits

    async def beat(self) -> None:
        """Add what was gathered here, and look at what all have gathered."""
        now = self._clock.now()
        await self._add_up(now)
        async with self._database.reading() as work:
            found = await work.sign_in_tallies.since(now - self.policy.window)
        attacked = self.policy.is_attack(found)
        if attacked != self.under_attack:
            self.under_attack = attacked
            await self._record(found)

    async def _add_up(self, now: Instant) -> None:
        taken, self._waiting = self._waiting, _NOTHING
        if taken == _NOTHING:
            return
        try:
            async with self._database.stating() as work:
                await work.sign_in_tallies.add(now // _PERIOD * _PERIOD, taken)
        except BaseException:
            # An attack that comes with an outage counts all the same.
            self._waiting += taken
            raise

    async def _record(self, found: Tally) -> None:
        """Once among all workers."""
        action, now = Action.ATTACK_BEGUN if self.under_attack else Action.ATTACK_OVER, self._clock.now()
        async with self._database.writing() as work:
            if await work.leases.acquire(action.value, action.value, now, now + _ONCE):
                await self._audit.record(
                    work, action, Device(), subject=None, failures=found.failures, successes=found.successes
                )

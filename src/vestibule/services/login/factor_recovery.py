"""The recovery step, for a user whose second factor is lost: start the wait or, after it, go on."""

from dataclasses import dataclass

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt
from vestibule.domain.login import (
    EnrolledFactor,
    Evidence,
    LoginAttempt,
    Method,
    MethodRule,
    Offer,
    Stage,
    StepVerified,
    Waiting,
)
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.factor_recovery import FactorRecoveries
from vestibule.services.login.method import Chosen, Proof


@dataclass(eq=False, repr=False)
class FactorRecoveryMethod:
    """The recovery step. It proves nothing itself: the first factor and the wait, with its warnings, stand in for the
    second.
    """

    rule = MethodRule(Method.FACTOR_RECOVERY, EnrolledFactor.NOTHING, frozenset(), frozenset({Stage.RECOVER}))

    _database: Database
    _clock: Clock
    _recoveries: FactorRecoveries
    _changes: FactorChanges

    async def offer(self, _: LoginAttempt, user: User | None) -> Offer:
        """Return how long the wait is (microseconds), and when a running one is over (microseconds since 1970 UTC)."""
        running = await self._recoveries.running(user.id) if user else None
        options: dict[str, object] = {"delay": self._recoveries.delay}
        if running is not None:
            options |= {"readyAt": running.ready_at, "ready": self._recoveries.is_ready(running)}
        return Offer(Method.FACTOR_RECOVERY, options)

    async def prepare(self, attempt: LoginAttempt, user: User | None, _: Device) -> Offer | Waiting | Denied:
        """Return the offer again, with the present state of the recovery."""
        return await self.offer(attempt, user)

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Waiting | Denied:
        """Start the wait, or complete a recovery whose wait is over. Returns Waiting until then; Denied
        (InvalidAttempt) when the recovery was cancelled or completed meanwhile.
        """
        assert isinstance(proof, Chosen)
        if user is None:
            return Denied(InvalidAttempt())
        running = await self._recoveries.start(user, device)
        if not self._recoveries.is_ready(running):
            return Waiting()
        if not await self._changes.complete_recovery(user, running, device, attempt=attempt.id):
            return Denied(InvalidAttempt(private="cancelled or completed meanwhile"))
        async with self._database.reading() as work:
            fresh = await work.users.find(user.id) or user
        return StepVerified(fresh, Evidence(Method.FACTOR_RECOVERY, frozenset(), "", self._clock.now()))

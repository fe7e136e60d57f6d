"""The step for somebody whose second factor is lost: begin to wait, or, after the wait, go on."""

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt
from vestibule.domain.login import (
    Advanced,
    Evidence,
    Holding,
    LoginAttempt,
    Method,
    MethodRule,
    Offer,
    Stage,
    Waiting,
)
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.factor_recovery import FactorRecoveries
from vestibule.services.login.method import Chosen, Proof


class FactorRecoveryMethod:
    """It proves nothing itself: the first factor and the wait, with its warnings, stand in for the second."""

    rule = MethodRule(Method.FACTOR_RECOVERY, Holding.NOTHING, frozenset(), frozenset({Stage.RECOVER}))

    def __init__(self, database: Database, clock: Clock, recoveries: FactorRecoveries) -> None:
        self._database = database
        self._clock = clock
        self._recoveries = recoveries

    async def offer(self, _: LoginAttempt, user: User | None) -> Offer:
        """How long the wait is, and when one that runs is over."""
        running = await self._recoveries.running(user.id) if user else None
        options: dict[str, object] = {"delay": self._recoveries.delay}
        if running is not None:
            options |= {"readyAt": running.ready_at, "ready": self._recoveries.is_ready(running)}
        return Offer(Method.FACTOR_RECOVERY, options)

    async def prepare(self, attempt: LoginAttempt, user: User | None, _: Device) -> Offer | Waiting | Denied:
        """How it stands."""
        return await self.offer(attempt, user)

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> Advanced | Waiting | Denied:
        """Begin to wait, or end it."""
        assert isinstance(proof, Chosen)
        if user is None:
            return Denied(InvalidAttempt())
        running = await self._recoveries.start(user, device)
        if not self._recoveries.is_ready(running):
            return Waiting()
        if not await self._recoveries.complete(user, running, device, attempt=attempt.id):
            return Denied(InvalidAttempt(private="cancelled or completed meanwhile"))
        async with self._database.reading() as work:
            fresh = await work.users.find(user.id) or user
        return Advanced(fresh, Evidence(Method.FACTOR_RECOVERY, frozenset(), "", self._clock.now()))

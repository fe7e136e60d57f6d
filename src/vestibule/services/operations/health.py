"""Health: whether everything is there that a request needs."""

from dataclasses import dataclass

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import MINUTE, SECOND
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.outbox import Outbox

_OUTBOX_LATE = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a readiness check found. Everything but the outbox decides readiness; a late outbox is reported, but
    requests still work. `staying`: the worker is not draining.
    """

    database: bool
    migrations: bool
    staying: bool
    outbox_age_seconds: int
    outbox_late: bool
    dead_letters: int

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served."""
        return self.database and self.migrations and self.staying


class Health:
    """Reports the state of the service, and changes nothing."""

    def __init__(self, database: Database, clock: Clock, outbox: Outbox, head: str) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox
        self._head = head
        self._staying = True

    def drain(self) -> None:
        """Report this worker as not ready from now on: it is about to stop, and a load balancer is to send requests
        elsewhere.
        """
        self._staying = False

    async def readiness(self) -> Readiness:
        """Return what works at this moment."""
        try:
            revision = await self._database.revision()
            state = await self._outbox.state()
        except DatabaseUnavailable:
            return Readiness(
                database=False,
                migrations=False,
                staying=self._staying,
                outbox_age_seconds=0,
                outbox_late=False,
                dead_letters=0,
            )
        age = 0 if state.oldest_pending_at is None else self._clock.now() - state.oldest_pending_at
        return Readiness(
            database=True,
            migrations=revision == self._head,
            staying=self._staying,
            outbox_age_seconds=age // SECOND,
            outbox_late=age > _OUTBOX_LATE,
            dead_letters=state.dead,
        )

    async def live_sessions(self) -> int:
        """Return how many sessions are active right now."""
        async with self._database.reading() as work:
            return await work.sessions.count_active(self._clock.now())

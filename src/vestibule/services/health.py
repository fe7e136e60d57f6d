"""Is everything there that a request needs?"""

from dataclasses import dataclass

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import MINUTE, SECOND
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.outbox import Outbox

_OUTBOX_LATE = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Readiness:
    """All but the outbox decide readiness; when that is late it is told, but requests still work."""

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
    """Looks, and changes nothing."""

    def __init__(self, database: Database, clock: Clock, outbox: Outbox, head: str) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox
        self._head = head
        self._staying = True

    def leave(self) -> None:
        """This worker is about to stop: whoever asks whether it is ready is to look elsewhere."""
        self._staying = False

    async def readiness(self) -> Readiness:
        """What works at this moment."""
        try:
            revision = await self._database.revision()
            state = await self._outbox.state()
        except DatabaseUnavailable:
            return Readiness(
                database=False, migrations=False, staying=self._staying, outbox_age_seconds=0, outbox_late=False,
                dead_letters=0,
            )  # fmt: skip
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
        """How many sessions count right now."""
        async with self._database.reading() as work:
            return await work.sessions.count_active(self._clock.now())

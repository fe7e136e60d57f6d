"""When sessions were last seen: gathered per worker and written together, behind the answers."""

from contextlib import suppress

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import Instant
from vestibule.repositories.unit_of_work import Database


class SessionTouches:
    """At most one per session is kept; a worker that is killed loses the last second of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, tuple[Instant, Instant]] = {}

    def note(self, session_id: str, now: Instant, idle_expires_at: Instant) -> None:
        """Seen now, and idle from then on."""
        self._waiting[session_id] = (now, idle_expires_at)

    async def flush(self) -> None:
        """Write what was gathered. A database that can be read but not written gets it later."""
        if not self._waiting:
            return
        taken, self._waiting = self._waiting, {}
        with suppress(DatabaseUnavailable):
            async with self._database.writing() as work:
                await work.sessions.touch_all(sorted((key, *times) for key, times in taken.items()))
            return
        self._waiting = {**taken, **self._waiting}

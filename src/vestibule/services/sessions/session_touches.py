"""The last use of sessions: collected per worker and written together, after the responses."""

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import Instant
from vestibule.domain.session import SessionPolicy
from vestibule.repositories.unit_of_work import Database


class SessionTouches:
    """Collects the last use of each session. A worker that is killed loses the last second of them."""

    def __init__(self, database: Database, policy: SessionPolicy) -> None:
        self._database = database
        self._policy = policy
        self._waiting: dict[str, tuple[Instant, Instant]] = {}

    def are_due(self, session: ActiveSession, now: Instant) -> bool:
        """Return whether the stored last use of this session is too old."""
        return now - session.last_seen_at >= self._policy.touch_every

    async def seen(self, session: ActiveSession, now: Instant) -> Instant | None:
        """Return the idle expiry to which this use moves the session (microseconds since 1970 UTC); None while the
        stored last use is recent enough.

        A session that was idle for more than half of its time is written at once: other workers must have it before
        that time is over.
        """
        if not self.are_due(session, now):
            return None
        idle_expires_at = min(now + self._policy.idle, session.absolute_expires_at)
        self._waiting[session.id] = (now, idle_expires_at)
        if session.idle_expires_at - now < self._policy.idle // 2:
            await self.flush()
        return idle_expires_at

    async def flush(self) -> None:
        """Write what was collected; what fails is written later. A database that cannot be written is not an error
        here.
        """
        if not self._waiting:
            return
        taken, self._waiting = self._waiting, {}
        try:
            async with self._database.writing() as work:
                await work.sessions.touch_all(sorted((key, *times) for key, times in taken.items()))
        except BaseException as error:
            self._waiting = {**taken, **self._waiting}
            if not isinstance(error, DatabaseUnavailable):
                raise

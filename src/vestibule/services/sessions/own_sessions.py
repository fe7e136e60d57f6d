"""The sessions of a user who is signed in: listed, and ended at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, NotFound
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason, Session
from vestibule.domain.taking_back import Event, Thing
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.session_touches import SessionTouches
from vestibule.services.sessions.take_back import TakeBack


@dataclass(eq=False, repr=False)
class OwnSessions:
    """Lists and ends sessions. The database is the source of truth: every worker refuses an ended session from its next
    request on.
    """

    _database: Database
    _clock: Clock
    _audit: AuditLog
    _touches: SessionTouches
    _take_back: TakeBack
    _notifications: Notifications

    async def list(self, user_id: str) -> Sequence[Session]:
        """Return a user's live sessions, last seen first."""
        await self._touches.flush()
        async with self._database.reading() as work:
            return await work.sessions.list_active(user_id, self._clock.now())

    async def end(self, user_id: str, session_id: str, reason: EndReason, device: Device) -> Denied | None:
        """End one session of a user. Denied (NotFound) when this user has no such session."""
        action = Action.LOGOUT if reason is EndReason.LOGOUT else Action.SESSION_ENDED
        async with self._database.writing() as work:
            if not await work.sessions.end(session_id, user_id, reason, self._clock.now()):
                return Denied(NotFound("There is no such session."))
            await self._audit.record(work, action, device, subject=user_id, session=session_id)
        return None

    async def end_all(self, principal: Principal, device: Device, *, include_current: bool) -> int:
        """End the caller's other sessions, or all of them, and everything that could start another one. Returns how
        many sessions ended.
        """
        user, keep = principal.user, "" if include_current else principal.session.id
        async with self._database.writing() as work:
            taken = await self._take_back.apply(work, Event.END_ALL, user, keep_session=keep)
            count = taken.voided.get(Thing.SESSIONS, 0)
            if taken.voided:
                await self._audit.record_by_caller(
                    work, Action.SESSION_ENDED, device, principal, count=count, **taken.detail()
                )
                await self._notifications.sessions_ended(work, user, device, taken)
        return count

"""What follows from every change of a password, in the transaction of the change."""

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.taking_back import Event
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import UnitOfWork
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.take_back import TakeBack


class PasswordChanges:
    """Applies the consequences of a password change: sessions end and no device stays trusted, the owner gets an email,
    and the audit log an event (ASVS 6.3.7).
    """

    def __init__(self, take_back: TakeBack, notifications: Notifications, audit: AuditLog) -> None:
        self._take_back = take_back
        self._notifications = notifications
        self._audit = audit

    async def note(
        self, work: UnitOfWork, action: Action, user: User, device: Device, *, session: str | None = None
    ) -> None:
        """Apply the consequences of `action` (PASSWORD_CHANGED, PASSWORD_REMOVED, PASSWORD_RESET) in the transaction
        `work`. `session`: the id of the session that changed the password, which goes on; None: every session ends.
        """
        event = Event.RESET if action is Action.PASSWORD_RESET else Event.PASSWORD_CHANGE
        taken = await self._take_back.apply(work, event, user, keep_session=session or "")
        if action is Action.PASSWORD_REMOVED:
            await self._notifications.password_removed(work, user, device, taken)
        else:
            await self._notifications.password_changed(work, user, device, taken)
        await self._audit.record(work, action, device, subject=user.id, session=session, **taken.detail())

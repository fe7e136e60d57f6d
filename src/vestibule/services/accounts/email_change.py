"""Another email address for an account: the request. `email_verification` takes the confirmation."""

from dataclasses import dataclass
from typing import Literal

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, IdentifierTaken, RateLimited, ValidationFailed
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.email_challenges import EmailChallenges
from vestibule.services.credentials.identifiers import EMAIL_TAKEN, parse_email
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller

_MAIL_PAUSE_SECONDS = 3600


@dataclass(eq=False, repr=False)
class EmailChange:
    """Starts changes of the email address. The route requires a fresh proof."""

    _database: Database
    _clock: Clock
    _registration: Literal["open", "private"]
    _challenges: EmailChallenges
    _notifications: Notifications
    _audit: AuditLog

    async def request(self, principal: Principal, email: str, device: Device) -> Denied | None:
        """Email a code to the new address. The old one stays until the new one is confirmed, and gets an email about
        it. Denied: ValidationFailed, IdentifierTaken (not in private mode), RateLimited, NotAuthenticated when the
        session ended.

        In private mode another user's address is treated like any other: the same response, limits, codes, event and
        email to the old address. Only the email to the new one differs, and the caller cannot read it.
        """
        address = parse_email(email)
        if isinstance(address, FieldError):
            return Denied(ValidationFailed(fields={"email": address}))
        drafted = await self._challenges.draft()
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            found = await work.users.find_by_identifier(address.canonical)
            # A registration that was never confirmed gives way to the reader of the mailbox (`free_address`).
            owner = found if found is not None and found.id != user.id and found.email_verified_at else None
            if owner is not None and self._registration == "open":
                return Denied(IdentifierTaken(fields={"email": EMAIL_TAKEN}))
            if not await self._challenges.send(work, user, address, drafted, owner=owner):
                return Denied(RateLimited(retry_after=_MAIL_PAUSE_SECONDS))
            await self._notifications.email_change(work, user, device, address.text)
            await self._audit.record_by_caller(work, Action.EMAIL_CHANGE_REQUESTED, device, principal)
        return None

"""When something is wrong, or over: lock the account down, take a change back, take one's data along."""

import json
from typing import Any

from vestibule.db.engine import UniqueViolation
from vestibule.domain.audit import Action
from vestibule.domain.credential import CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, ExpiredCode, IdentifierTaken, InvalidCode, UsedCode
from vestibule.domain.instant import MINUTE, Duration, to_datetime
from vestibule.domain.one_time_code import Purpose
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.notifications import Notifications
from vestibule.services.one_time_codes import OneTimeCodes

_EXPORTED_EVENTS = 10_000
_BEFORE_ALERT: Duration = MINUTE


class AccountSafety:
    """Everything here can only make an account safer, or give its owner what is theirs."""

    def __init__(
        self, database: Database, clock: Clock, codes: OneTimeCodes,
        notifications: Notifications, audit: AuditLog, grace: Duration,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._codes = codes
        self._notifications = notifications
        self._audit = audit
        self.grace = grace

    async def lock_down(self, principal: Principal, device: Device) -> None:
        """Something was not the owner: every session ends, no device is trusted, the password opens nothing any more,
        and a link for choosing a new one is on its way.
        """
        async with self._database.writing() as work:
            await self._lock(work, principal.user, device, principal.session.id)

    async def not_me(self, token: str, device: Device) -> Denied | None:
        """The same, by the link in an alert, for whoever reads the account's mail. Passkeys that were added since the
        alert go as well; the second factor, and the demand for one, stay: a mailbox takes none away (ASVS 6.4.4).
        """
        code = await self._codes.find_link(Purpose.NOT_ME, token)
        if isinstance(code, Denied):
            return code
        async with self._database.writing() as work:
            user = await self._codes.redeem(work, code)
            if isinstance(user, Denied):
                return user
            await work.credentials.remove_since(user.id, CredentialKind.PASSKEY, code.created_at - _BEFORE_ALERT)
            await work.one_time_codes.void(user.id, Purpose.EMAIL_VERIFICATION, self._clock.now())
            await self._lock(work, user, device, None, mails_to=code.bound_value)
        return None

    async def undo_email(self, token: str, device: Device) -> User | Denied:
        """The old address takes its account back: by the link that it was sent when another one was confirmed."""
        code = await self._codes.find_link(Purpose.EMAIL_UNDO, token)
        if isinstance(code, Denied):
            return code
        try:
            async with self._database.writing() as work:
                user = await work.users.find(code.user_id)
                if user is None or not user.is_active:
                    return Denied(InvalidCode(private="the account is gone or disabled"))
                if not await self._codes.consume(work, code):
                    return Denied(UsedCode())
                await self._take_back(work, user, code.bound_value, device)
                return await work.users.find(user.id) or user
        except UniqueViolation:
            return Denied(IdentifierTaken())

    async def restore(self, token: str, device: Device) -> User | Denied:
        """Undo a deletion while its grace lasts; whoever deleted it has to sign in anew."""
        code = await self._codes.find_link(Purpose.DELETION_UNDO, token)
        if isinstance(code, Denied):
            return code
        async with self._database.writing() as work:
            user = await work.users.find(code.user_id)
            if user is None or user.deleted_at is None:
                return Denied(InvalidCode(private="not deleted"))
            if user.deleted_at + self.grace <= self._clock.now():
                return Denied(ExpiredCode())
            if not await self._codes.consume(work, code):
                return Denied(UsedCode())
            await work.users.restore(user.id, self._clock.now())
            await self._audit.record(work, Action.RESTORED, device, subject=user.id)
            return await work.users.find(user.id) or user

    async def export(self, principal: Principal, device: Device) -> dict[str, Any]:
        """Everything that is kept about the caller, but for secrets and their hashes."""
        user = principal.user
        async with self._database.writing() as work:
            await self._audit.record(work, Action.EXPORTED, device, subject=user.id, session=principal.session.id)
        async with self._database.reading() as work:
            sessions = await work.sessions.list_active(user.id, self._clock.now())
            events = await work.audit_events.about(user.id, "", _EXPORTED_EVENTS)
            factors = await work.credentials.all_of(user.id)
            devices = await work.trusted_devices.list(user.id, self._clock.now())
            keys = await work.api_keys.list(user.id, self._clock.now())
        return {
            "user": _told(user, "password_hash", "metadata") | {"metadata": json.loads(user.metadata)},
            "roles": list(principal.roles),
            "sessions": [_told(session, "token_hash") for session in sessions],
            "signInMethods": [_told(factor, "secret", "lookup", "counter", "detail") for factor in factors],
            "trustedDevices": [_told(trusted, "token_hash") for trusted in devices],
            "apiKeys": [_told(key) for key in keys],
            "activity": [_told(event, "detail") | {"detail": json.loads(event.detail)} for event in events],
        }

    async def _take_back(self, work: UnitOfWork, user: User, canonical: str, device: Device) -> None:
        now = self._clock.now()
        await work.users.set_email_verified(user.id, canonical, canonical, now)
        for purpose in (Purpose.EMAIL_VERIFICATION, Purpose.PASSWORD_RESET, Purpose.SIGN_IN):
            await work.one_time_codes.void(user.id, purpose, now)
        await self._close(work, user, EndReason.LOCKED_DOWN)
        lifetime = self._codes.policy.reset_lifetime
        token = await self._codes.issue(work, Purpose.PASSWORD_RESET, user.id, canonical, lifetime)
        facts = self._notifications.facts(device)
        told = self._notifications.messages.email_restored(user, canonical, token, lifetime, facts)
        await self._notifications.queue(work, told)
        await self._audit.record(work, Action.EMAIL_RESTORED, device, subject=user.id)

    async def _lock(
        self, work: UnitOfWork, user: User, device: Device, session: str | None, *, mails_to: str = ""
    ) -> None:
        now = self._clock.now()
        await self._close(work, user, EndReason.LOCKED_DOWN)
        await work.factor_recoveries.cancel(user.id, now)
        if user.password_hash is not None:
            await work.users.remove_password(user.id, now)
        await self._audit.record(work, Action.LOCKED_DOWN, device, subject=user.id, session=session)
        if mails_to not in ("", user.email_canonical):
            # The account has another address by now: that one's way back is the undo link it got, not this one.
            return
        lifetime = self._codes.policy.reset_lifetime
        token = await self._codes.issue(work, Purpose.PASSWORD_RESET, user.id, user.email_canonical, lifetime)
        told = self._notifications.messages.locked_down(user, token, lifetime, self._notifications.facts(device))
        await self._notifications.queue(work, told)

    async def _close(self, work: UnitOfWork, user: User, reason: EndReason) -> None:
        now = self._clock.now()
        await work.users.set_not_before(user.id, now)
        await work.sessions.end_all(user.id, reason, now)
        await work.trusted_devices.remove_all(user.id)
        await work.login_attempts.finish_all(user.id, now)


def _told(row: Any, *secret: str) -> dict[str, Any]:
    """The members that are nobody's secret; times as text."""
    found = {name: getattr(row, name) for name in row.__dataclass_fields__ if name not in secret}
    return {_camel(name): _readable(name, value) for name, value in found.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _readable(name: str, value: Any) -> Any:
    is_time = isinstance(value, int) and (name.endswith("_at") or name == "not_before")
    return to_datetime(value).isoformat() if is_time and value else value

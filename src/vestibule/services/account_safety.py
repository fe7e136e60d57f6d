"""When something is wrong, or over: lock the account down, take a change back, take one's data along."""

import json
from typing import Any

from vestibule.db.engine import UniqueViolation
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, ExpiredCode, IdentifierTaken, InvalidCode, UsedCode
from vestibule.domain.instant import MINUTE, Duration, Instant, to_datetime
from vestibule.domain.one_time_code import OneTimeCode, Purpose
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.taking_back import Event
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.identifiers import canonical_identifier
from vestibule.services.notifications import Notifications
from vestibule.services.one_time_codes import OneTimeCodes
from vestibule.services.take_back import TakeBack

_EXPORTED_EVENTS = 10_000
_BEFORE_ALERT: Duration = MINUTE


class AccountSafety:
    """Everything here can only make an account safer, or give its owner what is theirs."""

    def __init__(
        self, database: Database, clock: Clock, codes: OneTimeCodes, take_back: TakeBack,
        notifications: Notifications, audit: AuditLog, grace: Duration, reach: Duration,
    ) -> None:  # fmt: skip
        """`grace`: how long a deletion can be undone. `reach`: how far back a lockdown goes."""
        self._database = database
        self._clock = clock
        self._codes = codes
        self._notifications = notifications
        self._audit = audit
        self._take_back = take_back
        self._reach = reach
        self.grace = grace

    async def lock_down(self, principal: Principal, device: Device) -> None:
        """Something was not the owner: every session ends, what was added lately goes, the password opens nothing any
        more, and a link for choosing a new one is on its way.
        """
        user, since = principal.user, self._clock.now() - self._reach
        async with self._database.writing() as work:
            await self._lock(work, Event.LOCKDOWN, user, since, device, principal.session.id, user.email_canonical)

    async def not_me(self, token: str, device: Device) -> Denied | None:
        """The same by the link in an alert, for whoever reads the account's mail; it goes back to the alert. What is
        older stays, and so does the demand for a second factor: a mailbox takes none away (ASVS 6.4.4).
        """
        code = await self._codes.find_link(Purpose.NOT_ME, token)
        if isinstance(code, Denied):
            return code
        async with self._database.writing() as work:
            user = await self._codes.redeem(work, code)
            if isinstance(user, Denied):
                return user
            since = code.created_at - _BEFORE_ALERT
            await self._lock(work, Event.NOT_ME, user, since, device, None, code.bound_value)
        return None

    async def undo_email(self, token: str, device: Device) -> User | Denied:
        """The old address takes its account back: by the link that it was sent when another one was confirmed."""
        code = await self._codes.find_link(Purpose.EMAIL_UNDO, token)
        if isinstance(code, Denied):
            return code
        try:
            async with self._database.writing() as work:
                user = await work.users.hold(code.user_id)
                if user is None or user.disabled_at is not None:
                    return Denied(InvalidCode(private="the account is gone or disabled"))
                if user.deleted_at is not None and user.deleted_at + self.grace <= self._clock.now():
                    return Denied(ExpiredCode())
                if not await self._codes.consume(work, code):
                    return Denied(UsedCode())
                await self._undo(work, user, code, device)
                return await work.users.find(user.id) or user
        except UniqueViolation:
            return Denied(IdentifierTaken())

    async def restore(self, token: str, device: Device) -> User | Denied:
        """Undo a deletion while its grace lasts; whoever deleted it has to sign in anew."""
        code = await self._codes.find_link(Purpose.DELETION_UNDO, token)
        if isinstance(code, Denied):
            return code
        async with self._database.writing() as work:
            user = await work.users.hold(code.user_id)
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

    async def _undo(self, work: UnitOfWork, user: User, code: OneTimeCode, device: Device) -> None:
        now, email = self._clock.now(), code.bound_value
        canonical = canonical_identifier(email)
        await work.users.set_email_verified(user.id, email, canonical, now)
        # Whoever has the newer address may have deleted the account with it.
        await work.users.restore(user.id, now)
        taken = await self._take_back.apply(work, Event.UNDO, user, since=code.created_at, email=email)
        token = await self._reset_link(work, user, canonical)
        facts, lifetime = self._notifications.facts(device), self._codes.policy.reset_lifetime
        told = self._notifications.messages.email_restored(user, email, token, lifetime, facts, taken)
        await self._notifications.queue(work, told)
        for address in await work.one_time_codes.open_undo_addresses(user.id, now):
            told = self._notifications.messages.email_restored(user, address, "", lifetime, facts, taken)
            await self._notifications.queue(work, told)
        await self._audit.record(work, Action.EMAIL_RESTORED, device, subject=user.id, **taken.detail())

    async def _lock(
        self, work: UnitOfWork, event: Event, user: User, since: Instant, device: Device, session: str | None,
        reader: str,
    ) -> None:  # fmt: skip
        """`reader`: the canonical address whose reader wants it."""
        taken = await self._take_back.apply(work, event, user, since=since)
        await self._audit.record(work, Action.LOCKED_DOWN, device, subject=user.id, session=session, **taken.detail())
        earlier = await work.one_time_codes.open_undo_addresses(user.id, self._clock.now())
        tell, facts = self._notifications.messages.locked_down, self._notifications.facts(device)
        if event is Event.LOCKDOWN or (not earlier and reader == user.email_canonical):
            token = await self._reset_link(work, user, user.email_canonical)
            told = tell(user, token, self._codes.policy.reset_lifetime, facts, taken)
            await self._notifications.queue(work, told)
        # Else the address may be an intruder's. The owner's way back is the undo link that an earlier one has.
        for address in earlier:
            await self._notifications.queue(work, tell(user, "", 0, facts, taken, to=address))

    async def _reset_link(self, work: UnitOfWork, user: User, canonical: str) -> str:
        lifetime = self._codes.policy.reset_lifetime
        return await self._codes.issue(work, Purpose.PASSWORD_RESET, user.id, canonical, lifetime)


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

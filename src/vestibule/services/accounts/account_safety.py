"""Account safety: lock the account down, undo a change of address or a deletion, export one's data."""

import json
from dataclasses import dataclass
from typing import Any

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import AlreadyExists, Denied, ExpiredCode, IdentifierTaken, InvalidCode, UsedCode
from vestibule.domain.instant import MINUTE, Duration, Instant, to_datetime
from vestibule.domain.one_time_code import CodePurpose, MailedCode, OneTimeCode
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.taking_back import Event
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.email_challenges import free_address
from vestibule.services.credentials.identifiers import canonical_identifier
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller
from vestibule.services.sessions.take_back import TakeBack

_EXPORTED_EVENTS = 10_000
_BEFORE_ALERT: Duration = MINUTE


@dataclass(eq=False, repr=False)
class AccountSafety:
    """Locks accounts down, gives them back to their owners, undoes deletions, and exports the data of the caller.

    Each of these only makes an account safer, or gives its owner what is theirs.

    `grace`: how long a deletion can be undone. `reach`: how far back a lockdown goes. Both in microseconds.
    """

    _database: Database
    _clock: Clock
    _codes: OneTimeCodes
    _take_back: TakeBack
    _notifications: Notifications
    _audit: AuditLog
    grace: Duration
    _reach: Duration

    async def lock_down(self, principal: Principal, device: Device) -> Denied | None:
        """Lock the account down, because something was not its owner: every session ends, what was added within `reach`
        is removed, the password does not work any more, and a link for choosing a new one is emailed. Denied:
        NotAuthenticated when the session ended.
        """
        now = self._clock.now()
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, now)
            if isinstance(user, Denied):
                return user
            reader = user.email_canonical
            await self._lock(work, Event.LOCKDOWN, user, now - self._reach, device, principal.session.id, reader)
        return None

    async def not_me(self, token: str, device: Device) -> Denied | None:
        """Lock the account down by the link in an alert, for the person who reads the account's email; what was added
        since the alert is removed. What is older stays, and so does the requirement of a second factor: access to a
        mailbox removes none (ASVS 6.4.4). Denied: InvalidCode, ExpiredCode, UsedCode.
        """
        code = await self._codes.find_link(CodePurpose.NOT_ME, token)
        if isinstance(code, Denied):
            return code
        async with self._database.writing() as work:
            user = await self._codes.redeem(work, code)
            if isinstance(user, Denied):
                return user
            if code.bound_value not in await self._owners(work, user):
                # An alert that went to an address which the account was taken back from.
                return Denied(InvalidCode(private="the alert went to an address that is not the account's"))
            since = code.created_at - _BEFORE_ALERT
            await self._lock(work, Event.NOT_ME, user, since, device, None, code.bound_value)
        return None

    async def undo_email(self, token: str, device: Device) -> User | Denied:
        """Give the account back to an earlier address, by the link that was emailed there when another address was
        confirmed. Returns the user. Denied: InvalidCode, ExpiredCode, UsedCode; IdentifierTaken when another user has
        the address now.
        """
        code = await self._codes.find_link(CodePurpose.EMAIL_UNDO, token)
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
        except AlreadyExists:
            return Denied(IdentifierTaken())

    async def restore(self, token: str, device: Device) -> User | Denied:
        """Undo a deletion while its grace period lasts; the user has to sign in again. Returns the user. Denied:
        InvalidCode, ExpiredCode, UsedCode.
        """
        code = await self._codes.find_link(CodePurpose.DELETION_UNDO, token)
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
        """Return everything that is stored about the caller, except secrets and their hashes."""
        user = principal.user
        async with self._database.writing() as work:
            await self._audit.record_by_caller(work, Action.EXPORTED, device, principal)
        async with self._database.reading() as work:
            sessions = await work.sessions.list_active(user.id, self._clock.now())
            events = await work.audit_events.about(user.id, "", _EXPORTED_EVENTS)
            factors = await work.credentials.all_of(user.id)
            devices = await work.trusted_devices.list(user.id, self._clock.now())
            keys = await work.api_keys.list(user.id, self._clock.now())
        return {
            # JSON already: also the values of further fields that are no longer declared.
            "user": _export(user, "password_hash", "metadata", "profile")
            | {"metadata": json.loads(user.metadata), "profile": json.loads(user.profile)},
            "roles": list(principal.roles),
            "sessions": [_export(session, "token_hash") for session in sessions],
            "signInMethods": [_export(factor, "secret", "lookup", "counter", "detail") for factor in factors],
            "trustedDevices": [_export(trusted, "token_hash") for trusted in devices],
            "apiKeys": [_export(key) for key in keys],
            "activity": [_export(event, "detail") | {"detail": json.loads(event.detail)} for event in events],
        }

    async def _undo(self, work: UnitOfWork, user: User, code: OneTimeCode, device: Device) -> None:
        now, email = self._clock.now(), code.bound_value
        canonical = canonical_identifier(email)
        await free_address(work, canonical, user.id, now)
        await work.users.set_email_verified(user.id, email, canonical, now)
        # An intruder with the newer address may have deleted the account by it.
        await work.users.restore(user.id, now)
        # A factor that an intruder added while the change of address waited for its confirmation goes too.
        earlier = code.created_at - self._codes.policy.verification_lifetime
        taken = await self._take_back.apply(
            work, Event.UNDO, user, since=code.created_at, factors_since=earlier, email=email
        )
        reset = await self._reset_link(work, user, canonical)
        await self._notifications.email_restored(work, user, device, taken, email, reset)
        for address in await work.one_time_codes.open_undo_addresses(user.id, now):
            await self._notifications.email_restored(work, user, device, taken, address, None)
        await self._audit.record(work, Action.EMAIL_RESTORED, device, subject=user.id, **taken.detail())

    async def _owners(self, work: UnitOfWork, user: User) -> set[str]:
        """The canonical addresses that may disown an event: the account's, and those that may take it back."""
        earlier = await work.one_time_codes.open_undo_addresses(user.id, self._clock.now())
        return {user.email_canonical, *map(canonical_identifier, earlier)}

    async def _lock(
        self,
        work: UnitOfWork,
        event: Event,
        user: User,
        since: Instant,
        device: Device,
        session: str | None,
        reader: str,
    ) -> None:
        """Lock the account and send the emails about it. `reader`: the canonical address whose reader requested it."""
        taken = await self._take_back.apply(work, event, user, since=since)
        await self._audit.record(work, Action.LOCKED_DOWN, device, subject=user.id, session=session, **taken.detail())
        earlier = await work.one_time_codes.open_undo_addresses(user.id, self._clock.now())
        if event is Event.LOCKDOWN or (not earlier and reader == user.email_canonical):
            code = await self._reset_link(work, user, user.email_canonical)
            await self._notifications.locked_down(work, user, device, taken, code)
        # Else the address may be an intruder's. The owner's way back is the undo link that an earlier address has.
        for address in earlier:
            await self._notifications.locked_down(work, user, device, taken, None, to=address)

    async def _reset_link(self, work: UnitOfWork, user: User, canonical: str) -> MailedCode:
        lifetime = self._codes.policy.reset_lifetime
        return await self._codes.issue(work, CodePurpose.PASSWORD_RESET, user.id, canonical, lifetime)


def _export(row: Any, *secret: str) -> dict[str, Any]:
    """Return the members of a row that are not named as `secret`, in camel case, with times as text."""
    found = {name: getattr(row, name) for name in row.__dataclass_fields__ if name not in secret}
    return {_camel(name): _readable(name, value) for name, value in found.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _readable(name: str, value: Any) -> Any:
    is_time = isinstance(value, int) and (name.endswith("_at") or name == "not_before")
    return to_datetime(value).isoformat() if is_time and value else value

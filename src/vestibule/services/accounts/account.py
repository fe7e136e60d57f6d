"""What users do with their own account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from vestibule.domain.audit import Action, AuditEvent
from vestibule.domain.credential import CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import (
    AlreadyExists,
    Conflict,
    Denied,
    FieldError,
    IdentifierTaken,
    LastMethod,
    RateLimited,
    ValidationFailed,
    WrongPassword,
)
from vestibule.domain.instant import Duration
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.profile_fields import ProfileFields, Value, merged
from vestibule.domain.taking_back import Event
from vestibule.domain.user import NAMES, User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.email_challenges import EmailChallenges
from vestibule.services.credentials.identifiers import (
    EMAIL_TAKEN,
    USERNAME_TAKEN,
    parse_email,
    parse_names,
    parse_username,
)
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.credentials.passkeys import stands_alone
from vestibule.services.credentials.passwords import Passwords, context_of
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller
from vestibule.services.sessions.sessions import IssuedSession, Sessions
from vestibule.services.sessions.take_back import TakeBack

_MAIL_PAUSE_SECONDS = 3600


@dataclass(frozen=True, slots=True, repr=False)
class ProfileChange:
    """What a change of the profile sets; what is not in it stays. `texts`: by the fields of `User`; `profile`: by the
    names of declared profile fields. None removes one.
    """

    texts: Mapping[str, str | None]
    profile: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Parsed:
    texts: dict[str, Any]
    profile: dict[str, Value | None]


class Account:
    """Changes profile, password and address, deletes the account, and lists its security history. The routes require a
    fresh proof.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        registration: Literal["open", "private"],
        passwords: Passwords,
        sessions: Sessions,
        take_back: TakeBack,
        codes: OneTimeCodes,
        challenges: EmailChallenges,
        notifications: Notifications,
        audit: AuditLog,
        grace: Duration,
        profile_fields: ProfileFields,
    ) -> None:
        self._database = database
        self._registration = registration
        self._clock = clock
        self._passwords = passwords
        self._sessions = sessions
        self._take_back = take_back
        self._codes = codes
        self._challenges = challenges
        self._grace = grace
        self._profile_fields = profile_fields
        self._notifications = notifications
        self._audit = audit

    def check(self, change: ProfileChange) -> Denied | None:
        """Check all rules that need no lookup. Denied (ValidationFailed) names every member that breaks one."""
        parsed = self._parsed(change)
        return parsed if isinstance(parsed, Denied) else None

    async def change_profile(self, principal: Principal, change: ProfileChange, device: Device) -> User | Denied:
        """Change the profile and return the user as stored afterwards; a change to what is stored already leaves no
        trace. Denied: ValidationFailed; IdentifierTaken for a username in use; NotAuthenticated when the session ended.
        """
        parsed = self._parsed(change)
        if isinstance(parsed, Denied):
            return parsed
        try:
            async with self._database.writing() as work:
                now = self._clock.now()
                held = await hold_caller(work, principal, now)
                if isinstance(held, Denied):
                    return held
                changed = replace(held, **parsed.texts, profile=merged(held.profile, parsed.profile))
                if changed == held:
                    return held
                await work.users.set_profile(changed, now)
                await self._audit.record(work, Action.UPDATED, device, subject=held.id, session=principal.session.id)
                return await work.users.find(held.id) or changed
        except AlreadyExists:
            return Denied(IdentifierTaken(fields={"username": USERNAME_TAKEN}))

    async def request_email_change(self, principal: Principal, email: str, device: Device) -> Denied | None:
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
            await self._audit.record(
                work, Action.EMAIL_CHANGE_REQUESTED, device, subject=user.id, session=principal.session.id
            )
        return None

    async def change_password(self, principal: Principal, new: str, device: Device) -> IssuedSession | Denied:
        """Replace the current password, or set the first one of an account without. Other sessions end; this one goes
        on with a new secret. No device stays trusted. Denied: ValidationFailed; WrongPassword when the password was
        changed meanwhile; NotAuthenticated when the session ended. Raises Overloaded, PasswordCheckUnavailable.
        """
        user = principal.user
        if error := self._passwords.error(new, context_of(user.username, user.email, user.display_name)):
            return Denied(ValidationFailed(fields={"newPassword": error}))
        if error := await self._passwords.breach(new):
            return Denied(ValidationFailed(fields={"newPassword": error}))
        password_hash = await self._passwords.hash(new)
        async with self._database.writing() as work:
            now = self._clock.now()
            held = await hold_caller(work, principal, now)
            if isinstance(held, Denied):
                return held
            if not await work.users.change_password(user.id, password_hash, user.password_changed_at, now):
                wrong = FieldError("wrong_password", WrongPassword.message)
                return Denied(WrongPassword(fields={"currentPassword": wrong}))
            taken = await self._take_back.apply(work, Event.PASSWORD_CHANGE, user, keep_session=principal.session.id)
            await self._notifications.password_changed(work, user, device, taken)
            await self._audit.record(
                work, Action.PASSWORD_CHANGED, device, subject=user.id, session=principal.session.id, **taken.detail()
            )
            return await self._sessions.rotate(work, principal.session)

    async def remove_password(self, principal: Principal, device: Device) -> IssuedSession | Denied:
        """Remove the password; possible while a passkey can sign in by itself. Other sessions end, as for a new
        password. Denied: LastMethod; Conflict while there is an authenticator app; NotAuthenticated when the session
        ended.
        """
        async with self._database.writing() as work:
            now = self._clock.now()
            user = await hold_caller(work, principal, now)
            if isinstance(user, Denied):
                return user
            passkeys = await work.credentials.list(user.id, CredentialKind.PASSKEY)
            if user.password_hash is None or not any(map(stands_alone, passkeys)):
                return Denied(LastMethod())
            if CredentialKind.TOTP in await work.credentials.kinds(user.id):
                return Denied(Conflict("The authenticator app stands beside the password: remove it first."))
            await work.users.remove_password(user.id, now)
            taken = await self._take_back.apply(work, Event.PASSWORD_CHANGE, user, keep_session=principal.session.id)
            await self._notifications.password_removed(work, user, device, taken)
            await self._audit.record(
                work, Action.PASSWORD_REMOVED, device, subject=user.id, session=principal.session.id, **taken.detail()
            )
            return await self._sessions.rotate(work, principal.session)

    async def delete(self, principal: Principal, device: Device) -> Denied | None:
        """Delete the account: every session ends, the name and address stay reserved, the id is never reused. While the
        grace period lasts, the link in the email restores the account. Denied: NotAuthenticated when the session
        ended.
        """
        async with self._database.writing() as work:
            now = self._clock.now()
            user = await hold_caller(work, principal, now)
            if isinstance(user, Denied):
                return user
            await work.users.soft_delete(user.id, now)
            taken = await self._take_back.apply(work, Event.DELETE, user)
            code = await self._codes.issue(work, CodePurpose.DELETION_UNDO, user.id, user.id, self._grace)
            await self._notifications.account_deleted(work, user, device, taken, code)
            await self._audit.record(
                work, Action.DELETED, device, subject=user.id, session=principal.session.id, **taken.detail()
            )
        return None

    async def activity(self, user_id: str, before: str, count: int) -> Sequence[AuditEvent]:
        """Return up to `count` events of the caller's own security history, newest first, older than the event `before`
        (empty: from the newest).
        """
        async with self._database.reading() as work:
            return await work.audit_events.about(user_id, before, count)

    def _parsed(self, change: ProfileChange) -> _Parsed | Denied:
        """Parse the new values. Denied (ValidationFailed) names every member that breaks a rule."""
        names, errors = parse_names({field: text for field, text in change.texts.items() if field in NAMES})
        profile, wrong_values = self._profile_fields.parse(change.profile, complete=False)
        texts: dict[str, Any] = {**change.texts, **names}
        errors |= wrong_values
        if "username" in change.texts:
            username = parse_username(change.texts["username"] or "")
            if isinstance(username, FieldError):
                errors["username"] = username
            else:
                texts |= {"username": username.text, "username_canonical": username.canonical}
        return Denied(ValidationFailed(fields=errors)) if errors else _Parsed(texts, profile)

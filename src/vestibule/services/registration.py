"""Registration: a new user, and the mail that proves the address."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from vestibule.crypto.entropy import new_id
from vestibule.db.engine import UniqueViolation
from vestibule.domain.audit import Action
from vestibule.domain.credential import Credential
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, IdentifierTaken, InvalidAttempt, ValidationFailed
from vestibule.domain.login import NeedsStep
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.session import Door
from vestibule.domain.user import Identifier, User, new_user
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.email_challenges import EmailChallenges
from vestibule.services.identifiers import EMAIL_TAKEN, USERNAME_TAKEN, parse_email, parse_username
from vestibule.services.login import Bound, LoginService, Outcome
from vestibule.services.notifications import Notifications
from vestibule.services.passkeys import Passkeys
from vestibule.services.passwords import Passwords, context_of


@dataclass(frozen=True, slots=True, repr=False)
class NewUser:
    """What somebody asks to be registered as; without a password, a passkey comes instead."""

    username: str
    email: str
    password: str | None
    locale: str | None = None

    def __repr__(self) -> str:
        return "NewUser(…)"


@dataclass(frozen=True, slots=True)
class Registered:
    """There is a new user."""

    user: User


@dataclass(frozen=True, slots=True)
class RegistrationReceived:
    """The answer of private registration: the same for new and for known addresses."""


@dataclass(frozen=True, slots=True)
class PasskeyWanted:
    """The rules are kept; now the browser makes a passkey."""

    begun: NeedsStep
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Checked:
    username: Identifier
    email: Identifier


class Registration:
    """In `open` mode a taken address is named (409); in `private` mode only its owner hears of it, by mail."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, mode: Literal["open", "private"],
        passwords: Passwords, challenges: EmailChallenges, notifications: Notifications, audit: AuditLog,
        login: LoginService, passkeys: Passkeys,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._mode = mode
        self._passwords = passwords
        self._challenges = challenges
        self._notifications = notifications
        self._audit = audit
        self._login = login
        self._passkeys = passkeys

    def check(self, new: NewUser) -> _Checked | Denied:
        """All rules at once, before anything costs anything."""
        username, email = parse_username(new.username), parse_email(new.email)
        faults: dict[str, FieldError | None] = {
            "username": username if isinstance(username, FieldError) else None,
            "email": email if isinstance(email, FieldError) else None,
            "password": self._password_fault(new),
        }
        found = {name: fault for name, fault in faults.items() if fault}
        if found or isinstance(username, FieldError) or isinstance(email, FieldError):
            return Denied(ValidationFailed(fields=found))
        return _Checked(username, email)

    async def register(self, new: NewUser, device: Device) -> Registered | RegistrationReceived | Denied:
        """A new user who is not signed in."""
        checked = self.check(new)
        if isinstance(checked, Denied):
            return checked
        user = self._user(new, checked, await self._passwords.hash(new.password or ""))
        try:
            return await self._store(user, checked, device)
        except UniqueViolation:
            # Somebody registered the same name between our look and our insert: the database has decided.
            return await self._taken(checked)

    async def register_and_sign_in(
        self, new: NewUser, door: Door, device: Device, bound: Bound
    ) -> Outcome | RegistrationReceived:
        """A new user, signed in through this door (or on the way to it, where a second factor is demanded)."""
        outcome = await self.register(new, device)
        if not isinstance(outcome, Registered):
            return outcome
        return await self._login.finish_registration(outcome.user, door, self._login.chosen_password(), device, bound)

    async def begin_with_passkey(self, new: NewUser, door: Door, bound: Bound) -> PasskeyWanted | Denied:
        """The rules first, then a challenge for the passkey that the new user will have instead of a password."""
        checked = self.check(new)
        if isinstance(checked, Denied):
            return checked
        conflicts = await self._conflicts(checked)
        if conflicts and (self._mode == "open" or "username" in conflicts):
            taken = await self._taken(checked)
            if isinstance(taken, Denied):
                return taken
        now = self._clock.now()
        user_id, challenge = new_id("user", now, self._entropy), self._passkeys.new_challenge()
        name = checked.username.text
        options = await self._passkeys.creation(challenge, user_id, name, name, must_verify=True)
        wanted = json.dumps([user_id, new.username, new.email, new.locale])
        begun = await self._login.reserve_registration(door, bound, challenge=challenge, wanted=wanted)
        return PasskeyWanted(begun, options)

    async def finish_with_passkey(
        self, attempt_id: str, bound: Bound, answer: Mapping[str, Any], name: str, device: Device
    ) -> Outcome | RegistrationReceived:
        """The passkey was made: the user exists, without a password, and is signed in."""
        attempt = await self._login.attempts.take_registration(attempt_id, bound)
        if attempt is None:
            return Denied(InvalidAttempt())
        made = self._passkeys.made(attempt.notes["challenge"], answer, must_verify=True)
        if isinstance(made, Denied):
            return made
        user_id, username, email, locale = json.loads(attempt.notes["wanted"])
        new = NewUser(username, email, None, locale)
        checked = self.check(new)
        if isinstance(checked, Denied):
            return checked
        user = replace(self._user(new, checked, None), id=user_id)
        try:
            outcome = await self._store(user, checked, device, self._passkeys.credential(user_id, made, name))
        except UniqueViolation:
            outcome = await self._taken(checked)
        if not isinstance(outcome, Registered):
            return outcome
        evidence = self._passkeys.evidence(made)
        return await self._login.finish_registration(outcome.user, attempt.door, evidence, device, bound)

    def _password_fault(self, new: NewUser) -> FieldError | None:
        if new.password is None:
            return None
        return self._passwords.fault(new.password, context_of(new.username, new.email))

    async def _store(
        self, user: User, checked: _Checked, device: Device, passkey: Credential | None = None
    ) -> Registered | RegistrationReceived | Denied:
        drafted = await self._challenges.draft()
        if await self._conflicts(checked):
            return await self._taken(checked)
        async with self._database.writing() as work:
            await work.users.add(user)
            if passkey is not None:
                await work.credentials.add(passkey)
            await self._challenges.send(work, user, checked.email, drafted)
            await self._audit.record(work, Action.REGISTERED, device, subject=user.id)
        return RegistrationReceived() if self._mode == "private" else Registered(user)

    async def _conflicts(self, checked: _Checked) -> dict[str, User]:
        async with self._database.reading() as work:
            by_name = await work.users.find_by_identifier(checked.username.canonical)
            by_email = await work.users.find_by_identifier(checked.email.canonical)
        return {name: user for name, user in (("username", by_name), ("email", by_email)) if user}

    async def _taken(self, checked: _Checked) -> RegistrationReceived | Denied:
        conflicts = await self._conflicts(checked)
        # Usernames are public identifiers, so a taken one is named in both modes; addresses only in the open one.
        if "username" in conflicts and self._mode == "private":
            return Denied(IdentifierTaken(fields={"username": USERNAME_TAKEN}))
        if self._mode == "private":
            async with self._database.writing() as work:
                await self._tell_owner(work, conflicts["email"])
            return RegistrationReceived()
        sentences = {"username": USERNAME_TAKEN, "email": EMAIL_TAKEN}
        return Denied(IdentifierTaken(fields={name: sentences[name] for name in conflicts}))

    async def _tell_owner(self, work: UnitOfWork, owner: User) -> None:
        if owner.is_active and await self._challenges.may_mail(work, owner.email_canonical):
            await self._notifications.queue(work, self._notifications.messages.account_exists(owner))

    def _user(self, new: NewUser, checked: _Checked, password_hash: str | None) -> User:
        now = self._clock.now()
        user_id = new_id("user", now, self._entropy)
        return new_user(user_id, checked.username, checked.email, password_hash, now, locale=new.locale)

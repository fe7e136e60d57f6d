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
from vestibule.domain.instant import Duration
from vestibule.domain.login import NeedsStep
from vestibule.domain.one_time_code import Purpose
from vestibule.domain.ports import Clock, Entropy, MailDomains
from vestibule.domain.session import Door
from vestibule.domain.user import Identifier, User, new_user
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.email_challenges import EmailChallenges
from vestibule.services.errands import Errands
from vestibule.services.identifiers import EMAIL_TAKEN, USERNAME_TAKEN, parse_email, parse_username
from vestibule.services.login import Bound, LoginService, Outcome
from vestibule.services.notifications import Notifications
from vestibule.services.passkeys import Passkeys
from vestibule.services.passwords import Passwords, context_of

_DOMAIN_FAULTS = {
    "disposable": FieldError("email_disposable", "Please use an address that lasts: this one is thrown away soon."),
    "no_mail": FieldError("email_no_mail", "No mail can be sent to this domain. Check its spelling."),
}


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
        passwords: Passwords, domains: MailDomains, challenges: EmailChallenges, errands: Errands,
        notifications: Notifications, audit: AuditLog, login: LoginService, passkeys: Passkeys, pending_for: Duration,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._private = mode == "private"
        self._passwords = passwords
        self._domains = domains
        self._challenges = challenges
        self._errands = errands
        self._pending_for = pending_for
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

    async def register(
        self, new: NewUser, device: Device, *, by_operator: bool = False
    ) -> Registered | RegistrationReceived | Denied:
        """A new user who is not signed in. From operators nothing is hidden: they hear what is taken in every mode."""
        private = self._private and not by_operator
        checked = self.check(new)
        if isinstance(checked, Denied):
            return checked
        if faults := await self._look_up(checked, new.password):
            return Denied(ValidationFailed(fields=faults))
        user = self._user(new, checked, await self._passwords.hash(new.password or ""))
        try:
            return await self._store(user, checked, device, private=private)
        except UniqueViolation:
            # Somebody registered the same name between our look and our insert: the database has decided.
            return await self._taken(checked, private=private) or Denied(
                IdentifierTaken(fields={"username": USERNAME_TAKEN})
            )

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
        if faults := await self._look_up(checked, None):
            return Denied(ValidationFailed(fields=faults))
        if taken := await self._taken(checked, private=self._private):
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
            factor = self._passkeys.credential(user_id, made, name)
            outcome = await self._store(user, checked, device, factor, private=self._private)
        except UniqueViolation:
            outcome = await self._taken(checked, private=self._private) or Denied(
                IdentifierTaken(fields={"username": USERNAME_TAKEN})
            )
        if not isinstance(outcome, Registered):
            return outcome
        evidence = self._passkeys.evidence(made)
        return await self._login.finish_registration(outcome.user, attempt.door, evidence, device, bound)

    def _password_fault(self, new: NewUser) -> FieldError | None:
        if new.password is None:
            return None
        return self._passwords.fault(new.password, context_of(new.username, new.email))

    async def claim(self, facts: Mapping[str, str], _: Device) -> None:
        """The errand of a private registration: the address is the new user's to confirm, or its owner is told.

        In the second case the name stays reserved as it does in the first: who asks again learns nothing from it.
        """
        drafted = await self._challenges.draft()
        async with self._database.writing() as work:
            owner = await work.users.find_by_identifier(facts["email"])
            user = await work.users.find(facts["user"])
            if user is None or user.pending_until is None:
                return
            if owner is not None and owner.pending_until is None:
                await self._tell_owner(work, owner)
                return
            if owner is not None and owner.id != user.id:
                # Neither was confirmed: whoever asks now may be the one who reads the mail.
                await work.users.claim_email(owner.id, f"?{owner.id}")
                await work.one_time_codes.void(owner.id, Purpose.EMAIL_VERIFICATION, self._clock.now())
            await work.users.claim_email(user.id, facts["email"])
            await self._challenges.send(work, user, Identifier(user.email, facts["email"]), drafted)

    async def _store(
        self, user: User, checked: _Checked, device: Device, passkey: Credential | None = None, *, private: bool
    ) -> Registered | RegistrationReceived | Denied:
        if taken := await self._taken(checked, private=private):
            return taken
        if private:
            await self._store_pending(user, checked, device, passkey)
            return RegistrationReceived()
        drafted = await self._challenges.draft()
        async with self._database.writing() as work:
            await self._add(work, user, device, passkey)
            await self._challenges.send(work, user, checked.email, drafted)
        return Registered(user)

    async def _store_pending(self, user: User, checked: _Checked, device: Device, passkey: Credential | None) -> None:
        """Whether somebody has this address is not looked at before the answer, so the answer cannot tell."""
        waiting = replace(user, email_canonical=f"?{user.id}", pending_until=user.created_at + self._pending_for)
        async with self._database.writing() as work:
            await self._add(work, waiting, device, passkey)
            await self._errands.leave(work, "registration", device, user=user.id, email=checked.email.canonical)

    async def _add(self, work: UnitOfWork, user: User, device: Device, passkey: Credential | None) -> None:
        await work.users.add(user)
        if passkey is not None:
            await work.credentials.add(passkey)
        await self._audit.record(work, Action.REGISTERED, device, subject=user.id)

    async def _taken(self, checked: _Checked, *, private: bool) -> Denied | None:
        """Usernames are public identifiers, so a taken one is named in both modes; addresses only in the open one."""
        async with self._database.reading() as work:
            by_name = await work.users.find_by_identifier(checked.username.canonical)
            by_email = None
            if not private:
                by_email = await work.users.find_by_identifier(checked.email.canonical)
        faults = {"username": USERNAME_TAKEN if by_name else None, "email": EMAIL_TAKEN if by_email else None}
        found = {name: fault for name, fault in faults.items() if fault}
        return Denied(IdentifierTaken(fields=found)) if found else None

    async def _look_up(self, checked: _Checked, password: str | None) -> dict[str, FieldError]:
        """The rules that take a moment to ask."""
        faults = {
            "email": _DOMAIN_FAULTS.get(await self._domains.refuses(checked.email.canonical.rpartition("@")[2]) or ""),
            "password": await self._passwords.breach(password) if password is not None else None,
        }
        return {name: fault for name, fault in faults.items() if fault}

    async def _tell_owner(self, work: UnitOfWork, owner: User) -> None:
        if owner.is_active and await self._challenges.may_mail(work, owner.email_canonical):
            await self._notifications.queue(work, self._notifications.messages.account_exists(owner))

    def _user(self, new: NewUser, checked: _Checked, password_hash: str | None) -> User:
        now = self._clock.now()
        user_id = new_id("user", now, self._entropy)
        return new_user(user_id, checked.username, checked.email, password_hash, now, locale=new.locale)

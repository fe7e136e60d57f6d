"""Registration: a new user, and the email that verifies the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vestibule.crypto.entropy import new_id
from vestibule.domain.audit import Action
from vestibule.domain.credential import Credential
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.errors import AlreadyExists, Denied, FieldError, IdentifierTaken, InvalidAttempt, ValidationFailed
from vestibule.domain.instant import Duration
from vestibule.domain.login import NeedsStep
from vestibule.domain.new_user import NewUser, WaitingRegistration
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock, Entropy, MailDomains
from vestibule.domain.profile_fields import ProfileFields, merged
from vestibule.domain.session import SessionType
from vestibule.domain.user import Identifier, User, display_name, new_user
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.email_challenges import EmailChallenges
from vestibule.services.credentials.identifiers import (
    DOMAIN_ERRORS,
    EMAIL_TAKEN,
    USERNAME_TAKEN,
    parse_email,
    parse_names,
    parse_username,
)
from vestibule.services.credentials.passkeys import Passkeys
from vestibule.services.credentials.passwords import Passwords, context_of
from vestibule.services.login.login import AttemptBinding, LoginService, Outcome
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications


@dataclass(frozen=True, slots=True)
class Registered:
    """The outcome of a registration that created a user."""

    user: User


@dataclass(frozen=True, slots=True)
class RegistrationReceived:
    """The outcome of a private registration: the same for new and for registered addresses."""


@dataclass(frozen=True, slots=True)
class PasskeyWanted:
    """The outcome of a valid request without a password: the browser now creates a passkey, with `options`."""

    begun: NeedsStep
    options: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Checked:
    username: Identifier
    email: Identifier
    names: Mapping[str, Any]
    profile: str


class Registration:
    """Registers users. In `open` mode a taken address is named (409); in `private` mode only its owner is notified, by
    email.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        mode: Literal["open", "private"],
        passwords: Passwords,
        domains: MailDomains,
        challenges: EmailChallenges,
        deferred_jobs: DeferredJobs,
        notifications: Notifications,
        audit: AuditLog,
        login: LoginService,
        passkeys: Passkeys,
        pending_for: Duration,
        profile_fields: ProfileFields,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._private = mode == "private"
        self._passwords = passwords
        self._domains = domains
        self._challenges = challenges
        self._deferred_jobs = deferred_jobs
        self._pending_for = pending_for
        self._profile_fields = profile_fields
        self._notifications = notifications
        self._audit = audit
        self._login = login
        self._passkeys = passkeys

    def new_username(self) -> str:
        """Return a random username, for users of systems that ask for none."""
        return f"user-{new_id('name', self._clock.now(), self._entropy)[-12:]}"

    def check(self, new: NewUser, *, complete: bool = True) -> _Checked | Denied:
        """Check all rules that need no lookup, at once. Denied (ValidationFailed) names every field that breaks one.
        `complete`: every required profile field must have a value.
        """
        username, email = parse_username(new.username), parse_email(new.email)
        names, wrong_names = parse_names(new.names)
        profile, wrong_values = self._profile_fields.parse(new.profile, complete=complete)
        errors: dict[str, FieldError | None] = {
            "username": username if isinstance(username, FieldError) else None,
            "email": email if isinstance(email, FieldError) else None,
            "password": self._password_error(new),
        }
        found = {name: error for name, error in errors.items() if error} | wrong_names | wrong_values
        if found or isinstance(username, FieldError) or isinstance(email, FieldError):
            return Denied(ValidationFailed(fields=found))
        return _Checked(username, email, names, merged("{}", profile))

    async def register(
        self, new: NewUser, device: Device, *, by_operator: bool = False
    ) -> Registered | RegistrationReceived | Denied:
        """Register a user, who is not signed in by this. From operators nothing is hidden: taken values are named in
        every mode, and required profile fields may be left out. Denied: ValidationFailed, IdentifierTaken. Raises
        Overloaded, PasswordCheckUnavailable.
        """
        private = self._private and not by_operator
        checked = self.check(new, complete=not by_operator)
        if isinstance(checked, Denied):
            return checked
        if errors := await self._look_up(checked, new.password):
            return Denied(ValidationFailed(fields=errors))
        user = self._user(new, checked, await self._passwords.hash(new.password or ""))
        try:
            return await self._store(user, checked, device, private=private)
        except AlreadyExists:
            # Another request registered the same name between our check and our insert: the database has decided.
            return await self._taken(checked, private=private) or Denied(
                IdentifierTaken(fields={"username": USERNAME_TAKEN})
            )

    async def register_and_sign_in(
        self, new: NewUser, session_type: SessionType, device: Device, binding: AttemptBinding
    ) -> Outcome | RegistrationReceived:
        """Register a user and start a session of this type, or its attempt, where a second factor is required."""
        outcome = await self.register(new, device)
        if not isinstance(outcome, Registered):
            return outcome
        return await self._login.finish_registration(
            outcome.user, session_type, self._login.chosen_password(), device, binding
        )

    async def begin_with_passkey(
        self, new: NewUser, session_type: SessionType, binding: AttemptBinding
    ) -> PasskeyWanted | Denied:
        """Check the rules, then return a challenge for the passkey that the new user will have instead of a password.
        Denied: ValidationFailed, IdentifierTaken.
        """
        checked = self.check(new)
        if isinstance(checked, Denied):
            return checked
        if errors := await self._look_up(checked, None):
            return Denied(ValidationFailed(fields=errors))
        if taken := await self._taken(checked, private=self._private):
            return taken
        now = self._clock.now()
        user_id, challenge = new_id("user", now, self._entropy), self._passkeys.new_challenge()
        name = checked.username.text
        options = await self._passkeys.creation(challenge, user_id, name, name, must_verify=True)
        begun = await self._login.reserve_registration(
            session_type, binding, WaitingRegistration(user_id, challenge, new)
        )
        return PasskeyWanted(begun, options)

    async def finish_with_passkey(
        self, attempt_id: str, binding: AttemptBinding, answer: Mapping[str, Any], name: str, device: Device
    ) -> Outcome | RegistrationReceived:
        """Check the created passkey, store the user without a password, and sign in. Denied: InvalidAttempt,
        PasskeyRefused, ValidationFailed, IdentifierTaken.
        """
        taken = await self._login.attempts.take_registration(attempt_id, binding)
        if taken is None:
            return Denied(InvalidAttempt())
        waiting, attempt = taken
        made = self._passkeys.made(waiting.challenge, answer, must_verify=True)
        if isinstance(made, Denied):
            return made
        checked = self.check(waiting.new)
        if isinstance(checked, Denied):
            return checked
        user = replace(self._user(waiting.new, checked, None), id=waiting.user_id)
        try:
            factor = self._passkeys.credential(user.id, made, name)
            outcome = await self._store(user, checked, device, factor, private=self._private)
        except AlreadyExists:
            outcome = await self._taken(checked, private=self._private) or Denied(
                IdentifierTaken(fields={"username": USERNAME_TAKEN})
            )
        if not isinstance(outcome, Registered):
            return outcome
        evidence = self._passkeys.evidence(made)
        return await self._login.finish_registration(outcome.user, attempt.session_type, evidence, device, binding)

    def _password_error(self, new: NewUser) -> FieldError | None:
        if new.password is None:
            return None
        shown = display_name(*map(new.names.get, ("name", "first_name", "last_name")))
        return self._passwords.error(new.password, context_of(new.username, new.email, shown))

    async def claim(self, facts: Mapping[str, str], _: Device) -> None:
        """Run the deferred job of a private registration: the address becomes the new user's to confirm, or its owner
        gets an email.

        In the second case the name stays reserved as it does in the first, so registering again reveals nothing.
        """
        drafted = await self._challenges.draft()
        async with self._database.writing() as work:
            owner = await work.users.find_by_identifier(facts["email"])
            user = await work.users.find(facts["user"])
            if user is None or user.pending_until is None:
                return
            if owner is not None and owner.pending_until is None:
                await self._notify_owner(work, owner)
                return
            if owner is not None and owner.id != user.id:
                # Neither account is confirmed: the person who registers now may be the one who reads the mailbox.
                await work.users.claim_email(owner.id, f"?{owner.id}")
                await work.one_time_codes.void(owner.id, CodePurpose.EMAIL_VERIFICATION, self._clock.now())
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
        """Store the user as pending. Whether the address is taken is not looked up before the response, so the response
        cannot reveal it.
        """
        waiting = replace(user, email_canonical=f"?{user.id}", pending_until=user.created_at + self._pending_for)
        async with self._database.writing() as work:
            await self._add(work, waiting, device, passkey)
            await self._deferred_jobs.enqueue(
                work,
                DeferredJob.CLAIM_REGISTRATION,
                device,
                expires_at=waiting.pending_until,
                user=user.id,
                email=checked.email.canonical,
            )

    async def _add(self, work: UnitOfWork, user: User, device: Device, passkey: Credential | None) -> None:
        await work.users.add(user)
        if passkey is not None:
            await work.credentials.add(passkey)
        await self._audit.record(work, Action.REGISTERED, device, subject=user.id)

    async def _taken(self, checked: _Checked, *, private: bool) -> Denied | None:
        """Return Denied (IdentifierTaken) for values in use, else None. Usernames are public identifiers, so a taken
        one is named in both modes; addresses only in the open one.
        """
        async with self._database.reading() as work:
            by_name = await work.users.find_by_identifier(checked.username.canonical)
            by_email = None
            if not private:
                by_email = await work.users.find_by_identifier(checked.email.canonical)
        errors = {"username": USERNAME_TAKEN if by_name else None, "email": EMAIL_TAKEN if by_email else None}
        found = {name: error for name, error in errors.items() if error}
        return Denied(IdentifierTaken(fields=found)) if found else None

    async def _look_up(self, checked: _Checked, password: str | None) -> dict[str, FieldError]:
        """Check the rules that need a lookup, which takes a moment. Returns the validation errors by field."""
        errors = {
            "email": DOMAIN_ERRORS.get(await self._domains.refuses(checked.email.canonical.rpartition("@")[2]) or ""),
            "password": await self._passwords.breach(password) if password is not None else None,
        }
        return {name: error for name, error in errors.items() if error}

    async def _notify_owner(self, work: UnitOfWork, owner: User) -> None:
        if owner.is_active and await self._challenges.may_mail(work, owner.email_canonical):
            await self._notifications.account_exists(work, owner)

    def _user(self, new: NewUser, checked: _Checked, password_hash: str | None) -> User:
        now = self._clock.now()
        user_id = new_id("user", now, self._entropy)
        user = new_user(user_id, checked.username, checked.email, password_hash, now, locale=new.locale)
        return replace(user, **checked.names, profile=checked.profile)

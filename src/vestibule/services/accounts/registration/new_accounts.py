"""How a registered user is stored."""

from dataclasses import dataclass, replace
from typing import Literal

from vestibule.crypto.entropy import new_id
from vestibule.domain.audit import Action
from vestibule.domain.credential import Credential
from vestibule.domain.device import Device
from vestibule.domain.errors import AlreadyExists, Denied, IdentifierTaken
from vestibule.domain.new_user import NewUser
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.user import User, new_user
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.accounts.registration.pending_registrations import PendingRegistrations
from vestibule.services.accounts.registration.rules import CheckedUser
from vestibule.services.credentials.email_challenges import EmailChallenges
from vestibule.services.credentials.identifiers import EMAIL_TAKEN, USERNAME_TAKEN
from vestibule.services.records.audit import AuditLog


@dataclass(frozen=True, slots=True)
class Registered:
    """The outcome of a registration that created a user."""

    user: User


@dataclass(frozen=True, slots=True)
class RegistrationReceived:
    """The outcome of a private registration: the same for new and for registered addresses."""


@dataclass(eq=False, repr=False)
class NewAccounts:
    """Stores users, with the email that verifies the address. In `open` mode a taken address is named (409); in
    `private` mode only its owner is notified, by email.
    """

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _mode: Literal["open", "private"]
    _challenges: EmailChallenges
    _pending: PendingRegistrations
    _audit: AuditLog

    def new_username(self) -> str:
        """Return a random username, for users of systems that ask for none."""
        return f"user-{new_id('name', self._clock.now(), self._entropy)[-12:]}"

    def new_id(self) -> str:
        """Return the id of a user who does not exist yet."""
        return new_id("user", self._clock.now(), self._entropy)

    def user(self, user_id: str, new: NewUser, checked: CheckedUser, password_hash: str | None) -> User:
        """Return a user with these values, who is not stored yet."""
        now = self._clock.now()
        user = new_user(user_id, checked.username, checked.email, password_hash, now, locale=new.locale)
        return replace(user, **checked.names, profile=checked.profile)

    async def store(
        self,
        user: User,
        checked: CheckedUser,
        device: Device,
        passkey: Credential | None = None,
        *,
        by_operator: bool = False,
    ) -> Registered | RegistrationReceived | Denied:
        """Store a user, with the passkey that comes instead of a password. Denied (IdentifierTaken) names values in
        use: to operators in every mode.
        """
        try:
            if taken := await self.taken(checked, by_operator=by_operator):
                return taken
            return await self._store(
                user, checked, device, passkey, private=self._mode == "private" and not by_operator
            )
        except AlreadyExists:
            # Another request registered the same name between our check and our insert: the database has decided.
            return await self.taken(checked, by_operator=by_operator) or Denied(
                IdentifierTaken(fields={"username": USERNAME_TAKEN})
            )

    async def taken(self, checked: CheckedUser, *, by_operator: bool = False) -> Denied | None:
        """Return Denied (IdentifierTaken) for values in use, else None. Usernames are public identifiers, so a taken
        one is named in both modes; addresses only in the open one, and to operators.
        """
        async with self._database.reading() as work:
            by_name = await work.users.find_by_identifier(checked.username.canonical)
            by_email = None
            if by_operator or self._mode == "open":
                by_email = await work.users.find_by_identifier(checked.email.canonical)
        errors = {"username": USERNAME_TAKEN if by_name else None, "email": EMAIL_TAKEN if by_email else None}
        found = {name: error for name, error in errors.items() if error}
        return Denied(IdentifierTaken(fields=found)) if found else None

    async def _store(
        self, user: User, checked: CheckedUser, device: Device, passkey: Credential | None, *, private: bool
    ) -> Registered | RegistrationReceived:
        if private:
            async with self._database.writing() as work:
                await self._add(work, self._pending.pending(user), device, passkey)
                await self._pending.enqueue(work, user, checked.email, device)
            return RegistrationReceived()
        drafted = await self._challenges.draft()
        async with self._database.writing() as work:
            await self._add(work, user, device, passkey)
            await self._challenges.send(work, user, checked.email, drafted)
        return Registered(user)

    async def _add(self, work: UnitOfWork, user: User, device: Device, passkey: Credential | None) -> None:
        await work.users.add(user)
        if passkey is not None:
            await work.credentials.add(passkey)
        await self._audit.record(work, Action.REGISTERED, device, subject=user.id)

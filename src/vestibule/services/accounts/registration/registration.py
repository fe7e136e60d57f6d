"""Registration with a password: a new user, and the email that verifies the address."""

from dataclasses import dataclass

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.new_user import NewUser
from vestibule.domain.session import SessionType
from vestibule.services.accounts.registration.new_accounts import NewAccounts, Registered, RegistrationReceived
from vestibule.services.accounts.registration.rules import CheckedUser, RegistrationRules
from vestibule.services.credentials.passwords import Passwords
from vestibule.services.login.login import AttemptBinding, LoginService, Outcome


@dataclass(eq=False, repr=False)
class Registration:
    """Registers users with a password."""

    _rules: RegistrationRules
    _new_accounts: NewAccounts
    _passwords: Passwords
    _login: LoginService

    def new_username(self) -> str:
        """Return a random username, for users of systems that ask for none."""
        return self._new_accounts.new_username()

    def check(self, new: NewUser) -> CheckedUser | Denied:
        """Check all rules that need no lookup, at once, also for a user without a password. Denied (ValidationFailed)
        names every field that breaks one.
        """
        return self._rules.check(new)

    async def register(
        self, new: NewUser, device: Device, *, by_operator: bool = False
    ) -> Registered | RegistrationReceived | Denied:
        """Register a user, who is not signed in by this. From operators nothing is hidden: taken values are named in
        every mode, and required profile fields may be left out. Denied: ValidationFailed, IdentifierTaken. Raises
        Overloaded, PasswordCheckUnavailable.
        """
        checked = self._rules.check(new, complete=not by_operator)
        if isinstance(checked, Denied):
            return checked
        if wrong := await self._rules.look_up(checked, new.password):
            return wrong
        password_hash = await self._passwords.hash(new.password or "")
        user = self._new_accounts.user(self._new_accounts.new_id(), new, checked, password_hash)
        return await self._new_accounts.store(user, checked, device, by_operator=by_operator)

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

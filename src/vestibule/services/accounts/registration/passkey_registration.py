"""Registration with a passkey: the user has no password."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt
from vestibule.domain.login import NeedsStep
from vestibule.domain.new_user import NewUser, WaitingRegistration
from vestibule.domain.session import SessionType
from vestibule.services.accounts.registration.new_accounts import NewAccounts, Registered, RegistrationReceived
from vestibule.services.accounts.registration.rules import RegistrationRules
from vestibule.services.credentials.passkeys import Passkeys
from vestibule.services.login.login import AttemptBinding, LoginService, Outcome


@dataclass(frozen=True, slots=True)
class PasskeyWanted:
    """The outcome of a valid request without a password: the browser now creates a passkey, with `options`."""

    begun: NeedsStep
    options: Mapping[str, Any] = field(repr=False)


@dataclass(eq=False, repr=False)
class PasskeyRegistration:
    """Registers users with a passkey."""

    _rules: RegistrationRules
    _new_accounts: NewAccounts
    _passkeys: Passkeys
    _login: LoginService

    async def begin(self, new: NewUser, session_type: SessionType, binding: AttemptBinding) -> PasskeyWanted | Denied:
        """Check the rules, then return a challenge for the passkey that the new user will have instead of a password.
        Denied: ValidationFailed, IdentifierTaken.
        """
        checked = self._rules.check(new)
        if isinstance(checked, Denied):
            return checked
        if refused := await self._rules.look_up(checked, None) or await self._new_accounts.taken(checked):
            return refused
        user_id, challenge = self._new_accounts.new_id(), self._passkeys.new_challenge()
        name = checked.username.text
        options = await self._passkeys.creation(challenge, user_id, name, name, must_verify=True)
        waiting = WaitingRegistration(user_id, challenge, new)
        return PasskeyWanted(await self._login.reserve_registration(session_type, binding, waiting), options)

    async def finish(
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
        checked = self._rules.check(waiting.new)
        if isinstance(checked, Denied):
            return checked
        user = self._new_accounts.user(waiting.user_id, waiting.new, checked, None)
        passkey = self._passkeys.credential(user.id, made, name)
        outcome = await self._new_accounts.store(user, checked, device, passkey)
        if not isinstance(outcome, Registered):
            return outcome
        evidence = self._passkeys.evidence(made)
        return await self._login.finish_registration(outcome.user, attempt.session_type, evidence, device, binding)

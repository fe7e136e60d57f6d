"""The interface of a login method: it states what it needs, and checks one submission to find out who proved what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.login import Evidence, LoginAttempt, MethodRule, Offer, StepVerified, Waiting
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog

_MISSING = FieldError("required", "This step needs its proof.")
_WHO = FieldError("required", "Say first who is signing in.")


@dataclass(frozen=True, slots=True, repr=False)
class PasswordProof:
    """The submission of the password step."""

    password: str

    def __repr__(self) -> str:
        return "PasswordProof(…)"


@dataclass(frozen=True, slots=True, repr=False)
class CodeProof:
    """The submission of a step with a code that is typed."""

    code: str

    def __repr__(self) -> str:
        return "CodeProof(…)"


@dataclass(frozen=True, slots=True, repr=False)
class PasskeyProof:
    """The submission of a passkey step: the answer of the browser's credential API, as JSON; a new passkey may have a
    name.
    """

    answer: Mapping[str, Any]
    name: str = ""

    def __repr__(self) -> str:
        return "PasskeyProof(…)"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The submission of a step that needs no proof: choosing it is enough."""


@dataclass(frozen=True, slots=True)
class PollForCompletion:
    """A submission without a proof: the client polls for one that arrives another way. It uses up no submission."""


Proof = PasswordProof | CodeProof | PasskeyProof | Chosen | PollForCompletion


class LoginMethod(Protocol):
    """One way to prove an identity. Methods do not depend on each other."""

    rule: MethodRule

    async def offer(self, attempt: LoginAttempt, user: User | None) -> Offer:
        """Return what a client needs to take this step. `user` is None until something was proved: the offer then
        reveals nothing about an account.
        """
        ...

    async def prepare(self, attempt: LoginAttempt, user: User | None, device: Device) -> Offer | Waiting | Denied:
        """Prepare the step, which was requested without a proof: send the email, or make a fresh challenge."""
        ...

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Waiting | Denied:
        """Check a proof. Returns StepVerified with the user and the evidence, or Denied, which reveals nothing about
        the account.
        """
        ...


class Plain:
    """Base of a method whose step has no options and always needs a proof."""

    rule: MethodRule

    async def offer(self, _: LoginAttempt, __: User | None) -> Offer:
        """Return an offer with nothing but the name of the method."""
        return Offer(self.rule.method)

    async def prepare(self, _: LoginAttempt, __: User | None, ___: Device) -> Offer | Waiting | Denied:
        """Return Denied (ValidationFailed): this step cannot be requested without its proof."""
        return Denied(ValidationFailed(fields={"proof": _MISSING}))


@dataclass(eq=False, repr=False)
class SecretMethod(Plain):
    """Base of a method that checks a secret: every refusal goes into the audit log, and the method's rule says what the
    right secret proves.
    """

    _database: Database
    _clock: Clock
    _audit: AuditLog

    def evidence(self) -> Evidence:
        """Return what the right secret proves now: the factors and the one AMR value of the rule."""
        (amr,) = self.rule.amr
        return Evidence(self.rule.method, self.rule.factors, amr, self._clock.now())

    async def refuse(
        self, denied: Denied, user: User | None, device: Device, action: Action = Action.LOGIN_FAILED
    ) -> Denied:
        """Record this refusal as `action`, about the user whose secret was tried (None: about no user); return it."""
        async with self._database.writing() as work:
            subject = user.id if user else None
            await self._audit.record(work, action, device, subject=subject, method=self.rule.method)
        return denied


def unidentified(attempt: LoginAttempt, user: User | None) -> Denied | None:
    """Return Denied (ValidationFailed) when the attempt has neither a proof nor an identifier. Whether an account
    has the identifier is not looked at: the answer is the same for all.
    """
    return Denied(ValidationFailed(fields={"identifier": _WHO})) if user is None and not attempt.identifier else None

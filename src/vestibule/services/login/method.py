"""What a login method is: it says what it needs, and looks at one submission to say who proved what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.login import Advanced, LoginAttempt, MethodRule, Offer, Waiting
from vestibule.domain.user import User

_MISSING = FieldError("required", "This step needs its proof.")


@dataclass(frozen=True, slots=True, repr=False)
class PasswordProof:
    """What the password step sends."""

    password: str

    def __repr__(self) -> str:
        return "PasswordProof(…)"


@dataclass(frozen=True, slots=True, repr=False)
class CodeProof:
    """A code that was typed."""

    code: str

    def __repr__(self) -> str:
        return "CodeProof(…)"


@dataclass(frozen=True, slots=True, repr=False)
class PasskeyProof:
    """What the browser's credential API answered, as JSON; a new passkey may bring its name."""

    answer: Mapping[str, Any]
    name: str = ""

    def __repr__(self) -> str:
        return "PasskeyProof(…)"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A step that is its own proof: choosing it is all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """No proof: has the one that comes another way arrived? Asking costs nothing."""


Proof = PasswordProof | CodeProof | PasskeyProof | Chosen | Asked


class LoginMethod(Protocol):
    """One way to prove who one is. Methods do not know each other."""

    rule: MethodRule

    async def offer(self, attempt: LoginAttempt, user: User | None) -> Offer:
        """What a client needs to take this step. `user` is None until something was proved: it tells nothing then."""
        ...

    async def prepare(self, attempt: LoginAttempt, user: User | None, device: Device) -> Offer | Waiting | Denied:
        """The step was asked for without a proof: send the mail, or make a fresh challenge."""
        ...

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> Advanced | Waiting | Denied:
        """Advanced with the user and the evidence, or Denied with nothing told about the account."""
        ...


class Plain:
    """A method whose step needs no options, and always a proof."""

    rule: MethodRule

    async def offer(self, _: LoginAttempt, __: User | None) -> Offer:
        """Nothing but its name."""
        return Offer(self.rule.method)

    async def prepare(self, _: LoginAttempt, __: User | None, ___: Device) -> Offer | Waiting | Denied:
        """There is nothing to prepare."""
        return Denied(ValidationFailed(fields={"proof": _MISSING}))

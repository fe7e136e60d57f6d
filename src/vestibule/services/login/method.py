"""What a login method is: it looks at one submission and says who proved what."""

from dataclasses import dataclass
from typing import Protocol

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.login import Advanced, LoginAttempt


@dataclass(frozen=True, slots=True, repr=False)
class PasswordProof:
    """What the password step sends: an identifier as typed, and a password."""

    identifier: str
    password: str

    def __repr__(self) -> str:
        return "PasswordProof(…)"


Proof = PasswordProof


class LoginMethod(Protocol):
    """One way to prove who one is. Methods do not know each other."""

    async def verify(self, attempt: LoginAttempt, proof: Proof, device: Device) -> Advanced | Denied:
        """Advanced with the user and the evidence, or Denied with nothing told about the account."""
        ...

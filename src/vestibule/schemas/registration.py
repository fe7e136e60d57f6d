"""Registering."""

from typing import Any

from vestibule.schemas.base import Input, Output, Password, Secret, Word
from vestibule.schemas.login import AttemptView, DoorName
from vestibule.schemas.users import SafeUser


class RegistrationRequest(Input):
    """A new user."""

    username: Word
    email: Word
    password: Password


class PasskeyRegistrationRequest(Input):
    """A new user whose account a passkey will open."""

    username: Word
    email: Word
    door: DoorName = "cookie"


class PasskeyRegistration(Output, omit_defaults=True):
    """Give `publicKey` to the credential API, and its answer to /api/registration/{attempt}."""

    attempt: AttemptView
    public_key: dict[str, Any]


class FinishPasskeyRegistration(Input):
    """The passkey that was made. `secret`: of a token-door attempt."""

    credential: dict[str, Any]
    name: Word = ""
    secret: Secret | None = None


class RegisteredUser(Output):
    """There is a new user."""

    user: SafeUser
    success: bool = True


class RegistrationReceived(Output):
    """Private registration: the answer for new and known addresses alike."""

    message: str
    success: bool = True

"""Schemas for registering."""

from typing import Any

from msgspec import field

from vestibule.domain.session import SessionType
from vestibule.schemas.base import Input, Output, Password, Secret, Word
from vestibule.schemas.login import AttemptView
from vestibule.schemas.users import SafeUser


class NewAccount(Input, kw_only=True):
    """The members that every registration takes. The names are optional and have at most 100 characters each; `profile`
    has the values of the declared profile fields.
    """

    username: Word
    email: Word
    name: Word | None = None
    first_name: Word | None = None
    last_name: Word | None = None
    profile: dict[str, Any] = field(default_factory=dict)


class RegistrationRequest(NewAccount, kw_only=True):
    """A new user with a password."""

    password: Password


class PasskeyRegistrationRequest(NewAccount, kw_only=True):
    """A new user without a password, who will sign in with a passkey."""

    session_type: SessionType = SessionType.COOKIE


class PasskeyRegistration(Output, omit_defaults=True):
    """The options for a passkey: pass `publicKey` to the browser's credential API, and send what it returns to
    /api/registration/{attempt}.
    """

    attempt: AttemptView
    public_key: dict[str, Any]


class FinishPasskeyRegistration(Input):
    """The new passkey, as the credential API returned it. `secret`: the attempt's; only for a token session."""

    credential: dict[str, Any]
    name: Word = ""
    secret: Secret | None = None


class RegisteredUser(Output):
    """The user was created."""

    user: SafeUser
    success: bool = True


class RegistrationReceived(Output):
    """The answer of private registration, the same for new and registered addresses. An email says how to go on.
    `user` is null: no one is signed in.
    """

    message: str
    user: None = None
    success: bool = True

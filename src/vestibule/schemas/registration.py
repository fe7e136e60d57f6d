"""Registering."""

from vestibule.schemas.base import Input, Output, Password, Word
from vestibule.schemas.users import SafeUser


class RegistrationRequest(Input):
    """A new user."""

    username: Word
    email: Word
    password: Password


class RegisteredUser(Output):
    """There is a new user."""

    user: SafeUser
    success: bool = True


class RegistrationReceived(Output):
    """Private registration: the answer for new and known addresses alike."""

    message: str
    success: bool = True

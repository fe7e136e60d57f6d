"""Forgotten passwords."""

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.schemas.base import Input, Password, Secret, Word


class ForgotPasswordRequest(Input):
    """Where to send the link."""

    user_email: Word | None = None
    email: Word | None = None

    def account(self) -> str:
        """Which account this is about. Raises ValidationFailed."""
        return self.address()

    def address(self) -> str:
        """The one address that was sent. Raises ValidationFailed."""
        given = [text for text in (self.user_email, self.email) if text is not None]
        if len(given) != 1:
            fault = FieldError("required" if not given else "ambiguous", "Send exactly one email address.")
            raise ValidationFailed(fields={"email": fault})
        return given[0]


class ResetPasswordRequest(Input):
    """The token of the link, and the new password."""

    token: Secret
    password: Password

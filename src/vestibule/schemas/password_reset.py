"""Schemas for forgotten passwords."""

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.schemas.base import Input, Password, Secret, Word


class ForgotPasswordRequest(Input):
    """The email address of the account, as `email` or `userEmail`; the reset link is sent there."""

    user_email: Word | None = None
    email: Word | None = None

    def account(self) -> str:
        """Return the identifier of the account. Raises ValidationFailed."""
        return self.address()

    def address(self) -> str:
        """Return the one address that was sent. Raises ValidationFailed for none, or more than one."""
        sent = [text for text in (self.user_email, self.email) if text is not None]
        if len(sent) != 1:
            error = FieldError("required" if not sent else "ambiguous", "Send exactly one email address.")
            raise ValidationFailed(fields={"email": error})
        return sent[0]


class ResetPasswordRequest(Input):
    """The token of the reset link, and the new password."""

    token: Secret
    password: Password

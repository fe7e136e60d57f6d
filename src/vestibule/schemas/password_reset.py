"""Schemas for forgotten passwords."""

from collections.abc import Mapping

from vestibule.domain.errors import FieldError
from vestibule.schemas.base import Input, Password, Secret, Word


class ForgotPasswordRequest(Input):
    """The email address of the account, as `email` or `userEmail`; the reset link is sent there."""

    user_email: Word | None = None
    email: Word | None = None

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of no address, or of two."""
        sent = self._sent()
        if len(sent) == 1:
            return {}
        return {"email": FieldError("required" if not sent else "ambiguous", "Send exactly one email address.")}

    def account(self) -> str:
        """Return the one address that was sent; it is the identifier of the account."""
        return self._sent()[0]

    def _sent(self) -> list[str]:
        return [text for text in (self.user_email, self.email) if text is not None]


class ResetPasswordRequest(Input):
    """The token of the reset link, and the new password."""

    token: Secret
    password: Password

"""Proving an email address."""

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.schemas.base import Input, Output, Secret, Word
from vestibule.schemas.users import SafeUser


class VerifyEmailRequest(Input):
    """Either the address with its 6-digit code, or the token of the link.

    `keepFactors`: the passkeys and apps that were added before are the caller's own. Without it, and without being
    signed in, they are removed.
    """

    email: Word | None = None
    code: Word | None = None
    token: Secret | None = None
    keep_factors: bool = False

    def account(self) -> str:
        """Which account this is about; a link does not say."""
        return self.email or ""

    def proof(self) -> tuple[str, str] | str:
        """(email, digits), or the link token. Raises ValidationFailed."""
        if self.token is not None and self.email is None and self.code is None:
            return self.token
        if self.token is None and self.email is not None and self.code is not None:
            digits = "".join(self.code.split())
            if len(digits) == 6 and digits.isascii() and digits.isdecimal():
                return self.email, digits
            raise ValidationFailed(fields={"code": FieldError("code_shape", "The code has 6 digits.")})
        fault = FieldError("required", "Send `email` and `code`, or `token` alone.")
        raise ValidationFailed(fields={"code": fault})


class ResendCodeRequest(Input):
    """Where to send a new code."""

    email: Word

    def account(self) -> str:
        """Which account this is about."""
        return self.email


class VerifiedEmail(Output):
    """The address is proved."""

    user: SafeUser
    message: str
    success: bool = True

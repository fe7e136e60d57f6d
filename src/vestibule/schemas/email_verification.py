"""Schemas for confirming an email address."""

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.schemas.base import Input, Output, Secret, Word
from vestibule.schemas.typed_codes import six_digits
from vestibule.schemas.users import SafeUser


class VerifyEmailRequest(Input):
    """Either the email address with its 6-digit code, or the token of the link.

    `keepFactors`: keep the passkeys and authenticator apps that were added before the confirmation. Otherwise they are
    removed, unless the caller is signed in: another person may have registered the address.
    """

    email: Word | None = None
    code: Word | None = None
    token: Secret | None = None
    keep_factors: bool = False

    def account(self) -> str:
        """Return the identifier of the account; empty for a link, which names none."""
        return self.email or ""

    def proof(self) -> tuple[str, str] | str:
        """Return (email, digits), or the token of the link. Raises ValidationFailed."""
        if self.token is not None and self.email is None and self.code is None:
            return self.token
        if self.token is None and self.email is not None and self.code is not None:
            return self.email, six_digits(self.code)
        error = FieldError("required", "Send `email` and `code`, or `token` alone.")
        raise ValidationFailed(fields={"code": error})


class ResendCodeRequest(Input):
    """The email address that needs a new code."""

    email: Word

    def account(self) -> str:
        """Return the identifier of the account."""
        return self.email


class VerifiedEmail(Output):
    """The email address is confirmed."""

    user: SafeUser
    message: str
    success: bool = True

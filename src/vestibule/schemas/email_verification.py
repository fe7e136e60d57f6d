"""Schemas for confirming an email address."""

from collections.abc import Mapping

from vestibule.domain.errors import FieldError
from vestibule.schemas.base import Input, Output, Secret, Word
from vestibule.schemas.typed_codes import code_errors, six_digits
from vestibule.schemas.users import SafeUser

_PROOFS = "Send `email` and `code`, or `token` alone."


class VerifyEmailRequest(Input):
    """Either the email address with its 6-digit code, or the token of the link.

    `keepFactors`: keep the passkeys and authenticator apps that were added before the confirmation. Otherwise they are
    removed, unless the caller is signed in: another person may have registered the address.
    """

    email: Word | None = None
    code: Word | None = None
    token: Secret | None = None
    keep_factors: bool = False

    def rules(self) -> Mapping[str, FieldError]:
        """Return the errors of a proof that is incomplete, of two proofs at once, and of anything but six digits."""
        both = FieldError("ambiguous", _PROOFS)
        if self.token is not None:
            return {"token": both} if self.email is not None or self.code is not None else {}
        sent = {"email": self.email, "code": self.code}
        missing = {name: FieldError("required", _PROOFS) for name, text in sent.items() if text is None}
        return missing | code_errors(self.code)

    def account(self) -> str:
        """Return the identifier of the account; empty for a link, which names none."""
        return self.email or ""

    def proof(self) -> tuple[str, str] | str:
        """Return (email, digits), or the token of the link."""
        return (self.email or "", six_digits(self.code or "")) if self.token is None else self.token


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

"""One-time codes: links and six-digit codes that are emailed and used once."""

from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Duration, Instant


class CodePurpose(StrEnum):
    """What a code is valid for; it never works for another purpose."""

    PASSWORD_RESET = "password_reset"
    EMAIL_VERIFICATION = "email_verification"
    SIGN_IN = "sign_in"
    EMAIL_UNDO = "email_undo"
    RECOVERY_CANCEL = "recovery_cancel"
    DELETION_UNDO = "deletion_undo"
    NOT_ME = "not_me"


class CodeForm(StrEnum):
    """A long secret in a link, or six digits to type."""

    LINK = "link"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True, repr=False)
class MailedCode:
    """A new code as an email contains it: the token of its link, and the digits beside it (empty: none).

    `lifetime` is in microseconds, `expires_at` in microseconds since 1970 UTC.
    """

    purpose: CodePurpose
    token: str
    digits: str
    flow_id: str
    lifetime: Duration
    expires_at: Instant

    def __repr__(self) -> str:
        return f"MailedCode({self.flow_id})"


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """One row of `one_time_codes`. Times are microseconds since 1970 UTC.

    `flow_id` connects the link and the digits of one email. `bound_value` is what the code confirms, such as an
    address.
    """

    id: str
    purpose: CodePurpose
    form: CodeForm
    user_id: str
    flow_id: str
    code_hash: str
    bound_value: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None
    voided_at: Instant | None

    def ended(self, now: Instant) -> str:
        """Return why the code does not work at `now`: `void`, `used` or `expired`; empty while it does."""
        if self.voided_at is not None:
            return "void"
        if self.used_at is not None:
            return "used"
        return "expired" if self.expires_at <= now else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePolicy:
    """Lifetimes of codes in microseconds, and how often a six-digit code may be guessed."""

    reset_lifetime: Duration
    verification_lifetime: Duration
    sign_in_lifetime: Duration
    max_attempts: int

    @property
    def longest_lifetime(self) -> Duration:
        """The longest lifetime of any code, in microseconds."""
        return max(self.reset_lifetime, self.verification_lifetime, self.sign_in_lifetime)

"""Everything that is mailed out to be used once."""

from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Duration, Instant


class Purpose(StrEnum):
    """What a code is good for; a code never works for another purpose."""

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


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """One row of `one_time_codes`. `flow_id` ties a link and the digits of one mail together."""

    id: str
    purpose: Purpose
    form: CodeForm
    user_id: str
    flow_id: str
    code_hash: str
    bound_value: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None
    voided_at: Instant | None


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """Lifetimes in microseconds, and how often six digits may be guessed."""

    reset_lifetime: Duration
    verification_lifetime: Duration
    sign_in_lifetime: Duration
    max_attempts: int

    @property
    def longest_lifetime(self) -> Duration:
        """No code is alive for longer than this."""
        return max(self.reset_lifetime, self.verification_lifetime, self.sign_in_lifetime)

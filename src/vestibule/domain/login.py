"""The login attempt: evidence gathered step by step until it is enough for a session."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.session import Door
from vestibule.domain.user import User


class Method(StrEnum):
    """The steps that an attempt can take."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    EMAIL_LINK = "email_link"
    EMAIL_CODE = "email_code"
    TRUSTED_DEVICE = "trusted_device"
    TOTP_ENROLMENT = "totp_enrolment"
    PASSKEY_ENROLMENT = "passkey_enrolment"
    SKIP_ENROLMENT = "skip_enrolment"
    FACTOR_RECOVERY = "factor_recovery"


class Factor(StrEnum):
    """What kind of thing a method proves (NIST SP 800-63B section 2). A mailbox is no factor (ASVS 6.3.6)."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    USER_VERIFICATION = "user_verification"


class Holding(StrEnum):
    """What an account must have for a method to work."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    EMAIL = "email"
    NOTHING = "nothing"


class Stage(StrEnum):
    """Where in an attempt a method has its place."""

    START = "start"
    CONTINUE = "continue"
    ENROL = "enrol"
    SKIP = "skip"
    RECOVER = "recover"


@dataclass(frozen=True, slots=True)
class MethodRule:
    """A method as data: what it needs, what it proves, where it may stand. The flow checker reads the same rules.

    `binds`: a proof names one account and could not have been made for another. `amr`: the names that its evidence can
    have (RFC 8176); a session remembers no others.
    """

    method: str
    holding: Holding
    factors: frozenset[Factor]
    stages: frozenset[Stage]
    binds: bool = True
    amr: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was proved: how, of which factors, its AMR name (RFC 8176), and when (microseconds, UTC)."""

    method: str
    factors: frozenset[Factor]
    amr: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a session may claim about its sign-in: computed from evidence, never set."""

    amr: tuple[str, ...]
    aal: int
    auth_time: Instant


def factors_of(evidence: Iterable[Evidence]) -> frozenset[Factor]:
    """All factors that were proved."""
    return frozenset().union(*(proof.factors for proof in evidence))


def level_of(factors: frozenset[Factor]) -> int:
    """2 when two kinds of factor were proved, else 1 (NIST SP 800-63B section 4)."""
    return 2 if len(factors) > 1 else 1


def assurance(evidence: Iterable[Evidence]) -> Assurance:
    """AMR values in order of proof, `mfa` after them on level 2, and the latest proof's time."""
    proofs = tuple(evidence)
    aal = level_of(factors_of(proofs))
    names = dict.fromkeys(proof.amr for proof in proofs if proof.amr)
    return Assurance((*names, *(("mfa",) if aal > 1 else ())), aal, max(proof.at for proof in proofs))


class Purpose(StrEnum):
    """What an attempt is for: it is never good for anything else."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    REGISTRATION = "registration"
    CEREMONY = "ceremony"


@dataclass(frozen=True, slots=True, repr=False)
class LoginAttempt:
    """A half-finished login. It is not a session, and no route accepts it as one.

    `binding_hash` ties it to the browser or program that began it, `session_id` to a session. `identifier` is what
    was typed, in canonical form. `notes` are what steps keep for themselves, such as a challenge.
    """

    id: str
    purpose: Purpose
    door: Door
    binding_hash: str | None
    session_id: str | None
    identifier: str
    user_id: str | None
    evidence: tuple[Evidence, ...]
    notes: Mapping[str, str]
    submissions: int
    created_at: Instant
    expires_at: Instant

    def proved(self, user_id: str, evidence: Evidence) -> "LoginAttempt":
        """The same with one more proof."""
        return replace(self, user_id=user_id, evidence=(*self.evidence, evidence))

    def noting(self, **notes: str) -> "LoginAttempt":
        """The same with further notes; an empty text removes one."""
        merged = {**self.notes, **notes}
        return replace(self, notes={name: text for name, text in merged.items() if text})

    def __repr__(self) -> str:
        return f"LoginAttempt({self.id})"


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """How long an attempt lives, how many steps it may submit, and how long a proof stays fresh (microseconds)."""

    attempt_lifetime: Duration
    max_submissions: int
    step_up_window: Duration


@dataclass(frozen=True, slots=True)
class Advanced:
    """The step was proved by this user: the attempt goes on with the new evidence."""

    user: User
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing was proved and nothing is wrong: a mail is on its way, or not confirmed yet."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that may come next: what the client needs for it, and what the attempt notes about it."""

    method: str
    options: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeedsStep:
    """Not enough yet: these steps may come next. `secret` binds a new attempt; it is shown once."""

    attempt: LoginAttempt
    offers: tuple[Offer, ...]
    secret: str | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the steps."""
        return tuple(offer.method for offer in self.offers)

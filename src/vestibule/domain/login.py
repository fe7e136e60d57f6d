"""The login attempt: evidence collected step by step until it is enough for a session."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.pending import Context, PendingItem, PendingItems, SingleUse
from vestibule.domain.session import Session, SessionType
from vestibule.domain.user import User

Once = TypeVar("Once", bound=SingleUse)
Kept = TypeVar("Kept", bound=Context)


class Method(StrEnum):
    """The methods that a step of an attempt can use."""

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


class EnrolledFactor(StrEnum):
    """What an account must have enrolled for a method to work; EMAIL and NOTHING need no enrolment."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    EMAIL = "email"
    NOTHING = "nothing"


class Stage(StrEnum):
    """The points of an attempt at which a method can be offered."""

    START = "start"
    CONTINUE = "continue"
    ENROL = "enrol"
    SKIP = "skip"
    RECOVER = "recover"


@dataclass(frozen=True, slots=True)
class MethodRule:
    """A method as data: what it requires, which factors it proves, and at which stages it is offered. The login service
    and the flow checker use the same rules.

    `binds`: a proof names one account and could not have been made for another. `amr`: the values that its evidence
    can have (RFC 8176); a session stores no others.
    """

    method: str
    requires: EnrolledFactor
    factors: frozenset[Factor]
    stages: frozenset[Stage]
    binds: bool = True
    amr: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One proof: its method, the proved factors, its AMR value (RFC 8176), its time (microseconds since 1970 UTC)."""

    method: str
    factors: frozenset[Factor]
    amr: str
    at: Instant


# The factors that an AMR value stands for at least, so that an assurance without its evidence can be added to. A
# passkey's names do not say whether it verified its user: if it did, the level is 2 already.
FACTORS_OF_AMR: Mapping[str, frozenset[Factor]] = {
    "pwd": frozenset({Factor.KNOWLEDGE}),
    "otp": frozenset({Factor.POSSESSION}),
    "recovery": frozenset({Factor.POSSESSION}),
    "hwk": frozenset({Factor.POSSESSION}),
    "swk": frozenset({Factor.POSSESSION}),
}


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a session claims about its sign-in (AMR values, assurance level, time in microseconds since 1970 UTC).

    Always computed from evidence, never set by hand.
    """

    amr: tuple[str, ...]
    aal: int
    auth_time: Instant

    def plus(self, *evidence: Evidence) -> "Assurance":
        """Return the assurance after further proofs: AMR values in order of proof, then `mfa` at level 2 (RFC 8176),
        and the latest proof's time. The level is 2 once two kinds of factor were proved, in whatever order and however
        far apart (NIST SP 800-63B section 4); it never falls.
        """
        earlier = frozenset[Factor]().union(*(FACTORS_OF_AMR.get(name, ()) for name in self.amr))
        aal = max(self.aal, level_of(earlier | factors_of(evidence)))
        names = dict.fromkeys((*self.amr, *(proof.amr for proof in evidence if proof.amr)))
        names.pop("mfa", None)
        latest = max((self.auth_time, *(proof.at for proof in evidence)))
        return Assurance((*names, *(("mfa",) if aal > 1 else ())), aal, latest)


def factors_of(evidence: Iterable[Evidence]) -> frozenset[Factor]:
    """Return all factors that the evidence proves."""
    return frozenset().union(*(proof.factors for proof in evidence))


def level_of(factors: frozenset[Factor]) -> int:
    """Return the assurance level: 2 when two kinds of factor were proved, else 1 (NIST SP 800-63B section 4)."""
    return 2 if len(factors) > 1 else 1


def assurance(evidence: Iterable[Evidence]) -> Assurance:
    """Return the assurance of a session that this evidence earns. Raises ValueError without any evidence."""
    proofs = tuple(evidence)
    return Assurance((), 1, min(proof.at for proof in proofs)).plus(*proofs)


def assurance_of(session: Session) -> Assurance:
    """Return the assurance that a session has."""
    return Assurance(session.amr, session.aal, session.authenticated_at)


class AttemptPurpose(StrEnum):
    """What an attempt was started for; it is never valid for another purpose."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    REGISTRATION = "registration"
    CEREMONY = "ceremony"


@dataclass(frozen=True, slots=True, repr=False)
class LoginAttempt:
    """An unfinished login. It is not a session, and no route accepts it as one.

    `binding_hash` binds it to the browser or program that started it, `session_id` to a session. `identifier` is the
    typed username or address in canonical form. `pending` holds what the steps wait for, such as a challenge. Times are
    microseconds since 1970 UTC.
    """

    id: str
    purpose: AttemptPurpose
    session_type: SessionType
    binding_hash: str | None
    session_id: str | None
    identifier: str
    user_id: str | None
    evidence: tuple[Evidence, ...]
    pending: PendingItems
    submissions: int
    created_at: Instant
    expires_at: Instant

    def proved(self, user_id: str, evidence: Evidence) -> "LoginAttempt":
        """Return a copy of the attempt with one more proof, by this user."""
        return replace(self, user_id=user_id, evidence=(*self.evidence, evidence))

    def awaiting(self, *items: PendingItem) -> "LoginAttempt":
        """Return a copy of the attempt with these pending items, each in place of an earlier one of its class."""
        pending = self.pending
        for item in items:
            pending = pending.plus(item)
        return replace(self, pending=pending)

    def take(self, kind: type[Once]) -> "tuple[Once, LoginAttempt] | None":
        """Return the pending item of this class, and the attempt without it: the item counts once the second is stored
        in place of the first. None when there is none.
        """
        item = self.pending.find(kind)
        return None if item is None else (item, replace(self, pending=self.pending.minus(item)))

    def context(self, kind: type[Kept]) -> Kept | None:
        """Return the item of this class that stays with the attempt; None when there is none."""
        return self.pending.find(kind)

    def __repr__(self) -> str:
        return f"LoginAttempt({self.id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPolicy:
    """The lifetime of an attempt, how many steps it may submit, and how long a step-up's proof is recent enough.

    Durations are in microseconds.
    """

    attempt_lifetime: Duration
    max_submissions: int
    step_up_window: Duration


@dataclass(frozen=True, slots=True)
class StepVerified:
    """Result of a step that this user proved: the attempt continues with the new evidence."""

    user: User
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Waiting:
    """Result of a step that proved nothing yet without failing: an email is being sent, or is not confirmed yet."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that may come next: the options that the client needs for it, and the item that the attempt keeps to check
    the answer against. Options can hold a challenge or a seed.
    """

    method: str
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    pending: SingleUse | None = None


@dataclass(frozen=True, slots=True)
class NeedsStep:
    """Result of a login that needs more proof: the steps that may come next.

    `secret` binds a new attempt to its client; it is sent once.
    """

    attempt: LoginAttempt
    offers: tuple[Offer, ...]
    secret: str | None = field(default=None, repr=False)

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the offered methods."""
        return tuple(offer.method for offer in self.offers)

"""The login attempt: evidence gathered step by step until it is enough for a session."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.session import Door
from vestibule.domain.user import User


class Method(StrEnum):
    """A way to prove who one is. The value is the AMR name (RFC 8176) it leaves in the session."""

    PASSWORD = "pwd"


class Factor(StrEnum):
    """What kind of thing a method proves (NIST SP 800-63B section 2)."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was proved, how, of which factor, and when (microseconds since 1970 UTC)."""

    method: str
    factor: Factor
    at: Instant


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a session may claim about its sign-in: computed from evidence, never set."""

    amr: tuple[str, ...]
    aal: int
    auth_time: Instant


def assurance(evidence: Iterable[Evidence]) -> Assurance:
    """AMR values in order of proof, level 2 when two kinds of factor were proved, and the latest proof's time."""
    proofs = tuple(evidence)
    methods = tuple(dict.fromkeys(proof.method for proof in proofs))
    aal = 2 if len({proof.factor for proof in proofs}) > 1 else 1
    return Assurance(amr=methods, aal=aal, auth_time=max(proof.at for proof in proofs))


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """A half-finished login. It is not a session, and no route accepts it as one."""

    id: str
    door: Door
    user_id: str | None
    evidence: tuple[Evidence, ...]
    created_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """How long an attempt lives, in microseconds."""

    attempt_lifetime: Duration


@dataclass(frozen=True, slots=True)
class Advanced:
    """The step was proved by this user: the attempt goes on with the new evidence."""

    user: User
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class NeedsStep:
    """Proved so far, and not enough: these methods may come next."""

    attempt: LoginAttempt
    methods: tuple[str, ...]

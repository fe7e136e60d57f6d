"""How much must be proved, and what may come next: policies as data, and the one function that applies them.

The login service asks it at every step; the flow checker asks it for every account there can be.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.login import (
    Assurance,
    Evidence,
    Factor,
    Holding,
    Method,
    MethodRule,
    Stage,
    factors_of,
    level_of,
)

SECOND_FACTORS = frozenset({Holding.TOTP, Holding.PASSKEY})


@dataclass(frozen=True, slots=True)
class Holder:
    """An account as far as a login needs to know it."""

    holdings: frozenset[Holding]
    wants_second_factor: bool
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class AssurancePolicy:
    """Who must prove a second factor. `forced_from`: until then, those who have none may put it off (0: no delay)."""

    mfa: Literal["off", "optional", "required"] = "optional"
    roles: frozenset[str] = frozenset()
    forced_from: Instant = 0

    @property
    def demands_anything(self) -> bool:
        """Whether anybody has to have a second factor."""
        return self.mfa == "required" or bool(self.roles)

    def forces(self, roles: Iterable[str]) -> bool:
        """Whether the operator demands a second factor of somebody with these roles."""
        return self.mfa == "required" or bool(self.roles & set(roles))

    def required(self, roles: Iterable[str], *, wants: bool) -> int:
        """The assurance level that a session needs: what the operator demands, or the user chose."""
        return 2 if wants or self.forces(roles) else 1

    def accepts(self, aal: int, roles: Iterable[str], now: Instant) -> bool:
        """Whether a session of this level may still be used by somebody with these roles."""
        return aal > 1 or now < self.forced_from or not self.forces(roles)


def next_methods(
    rules: Iterable[MethodRule], policy: AssurancePolicy, holder: Holder, evidence: tuple[Evidence, ...], now: Instant
) -> tuple[str, ...] | None:
    """The steps that may come next; None when enough is proved. Empty is a dead end, not an open door.

    1. Enough is enough. 2. A trusted device stands in for a second factor that the user chose, not for one that the
    operator demands. 3. What the account holds and adds a factor; or recovery. 4. An account without a second factor
    sets one up, which may be put off until the operator's date.
    """
    known = tuple(rules)
    proved, used = factors_of(evidence), {proof.method for proof in evidence}
    if level_of(proved) >= policy.required(holder.roles, wants=holder.wants_second_factor):
        return None
    forced = policy.forces(holder.roles)
    if Method.TRUSTED_DEVICE in used and not forced:
        return None
    may_wait = now < policy.forced_from and not holder.wants_second_factor
    if Method.SKIP_ENROLMENT in used and may_wait:
        return None
    useful = [
        rule for rule in _at(Stage.CONTINUE, known)
        if rule.holding in holder.holdings and rule.factors - proved and rule.method not in used
    ]  # fmt: skip
    if holder.holdings & SECOND_FACTORS or holder.wants_second_factor:
        # Whoever has a second factor, or wanted one and lost it, shows it or waits: adding another one here would be a
        # way around it.
        return tuple(rule.method for rule in (*useful, *_at(Stage.RECOVER, known)))
    knowledge = [rule for rule in useful if Factor.KNOWLEDGE in rule.factors]
    enrolments = [rule for rule in _at(Stage.ENROL, known) if level_of(proved | rule.factors) > 1]
    skips = _at(Stage.SKIP, known) if may_wait else []
    return tuple(rule.method for rule in (*knowledge, *enrolments, *skips))


def first_methods(rules: Iterable[MethodRule]) -> tuple[str, ...]:
    """How an attempt may begin: the same for every account, known or not."""
    return tuple(rule.method for rule in _at(Stage.START, tuple(rules)))


def step_up_methods(rules: Iterable[MethodRule], holder: Holder) -> tuple[str, ...]:
    """How somebody signed in may prove it anew: what the account holds; its mailbox when it holds nothing else."""
    starts = _at(Stage.START, tuple(rules))
    strong = [rule.method for rule in starts if rule.factors and rule.holding in holder.holdings]
    return tuple(strong or [rule.method for rule in starts if rule.holding in holder.holdings])


@dataclass(frozen=True, slots=True)
class StepUpRule:
    """What a sensitive request of one account needs: a proof by one of these methods, on this level, at most this old.

    A session's `amr` is the union of its proofs, and its time that of the latest one. That is exact enough: an account
    cannot lose all that it holds without its sessions ending, so a proof by mail never follows a stronger one.
    """

    amr: frozenset[str]
    level: int
    max_age: Duration

    def accepts(self, proved: Assurance, now: Instant) -> bool:
        """Whether this proof is enough, and recent enough."""
        return now - proved.auth_time <= self.max_age and proved.aal >= self.level and bool(self.amr & {*proved.amr})


def step_up_rule(rules: Iterable[MethodRule], holder: Holder, level: int, max_age: Duration) -> StepUpRule:
    """The rule that goes with `step_up_methods`: what a step-up offers is what is accepted.

    So is a password that is gone since: removing it ends every session but the one that did so.
    """
    found = tuple(rules)
    accepted = {*step_up_methods(found, holder), Method.PASSWORD}
    amr = frozenset[str]().union(*(rule.amr for rule in found if rule.method in accepted))
    return StepUpRule(amr, level, max_age)


def _at(stage: Stage, rules: tuple[MethodRule, ...]) -> list[MethodRule]:
    return [rule for rule in rules if stage in rule.stages]

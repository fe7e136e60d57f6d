"""Assurance policies as data, and the one function (`next_methods`) that decides which login steps may come next.

The login service calls it at every step; the flow checker calls it for every possible account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.login import (
    Assurance,
    EnrolledFactor,
    Evidence,
    Factor,
    Method,
    MethodRule,
    Stage,
    factors_of,
    level_of,
)

SECOND_FACTORS = frozenset({EnrolledFactor.TOTP, EnrolledFactor.PASSKEY})


@dataclass(frozen=True, slots=True)
class EnrolledFactors:
    """What a login needs of an account: its enrolled factors, whether the user demands a second one, and its roles."""

    enrolled: frozenset[EnrolledFactor]
    wants_second_factor: bool
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssurancePolicy:
    """Which users must prove a second factor: by `mfa`, or by one of `roles`.

    `forced_from` (microseconds since 1970 UTC): until then, users without a second factor may postpone setting one up
    (0: no delay).
    """

    mfa: Literal["off", "optional", "required"] = "optional"
    roles: frozenset[str] = frozenset()
    forced_from: Instant = 0

    @property
    def demands_anything(self) -> bool:
        """Whether the operator demands a second factor of any user."""
        return self.mfa == "required" or bool(self.roles)

    def forces(self, roles: Iterable[str]) -> bool:
        """Whether the operator demands a second factor of a user with these roles."""
        return self.mfa == "required" or bool(self.roles & set(roles))

    def required(self, roles: Iterable[str], *, wants: bool) -> int:
        """Return the assurance level a session needs: 2 if the operator or the user (`wants`) demands it, else 1."""
        return 2 if wants or self.forces(roles) else 1

    def accepts(self, aal: int, roles: Iterable[str], now: Instant) -> bool:
        """Whether a session of this level may still be used, at `now`, by a user with these roles."""
        return aal > 1 or now < self.forced_from or not self.forces(roles)


def next_methods(
    rules: Iterable[MethodRule],
    policy: AssurancePolicy,
    enrolled: EnrolledFactors,
    evidence: tuple[Evidence, ...],
    now: Instant,
) -> tuple[str, ...] | None:
    """Return the methods that may come next; None when enough is proved. An empty tuple is a dead end, not a sign-in.

    In this order: 1. Nothing more is needed once the required level is proved. 2. A trusted device replaces a second
    factor that the user chose, not one that the operator demands. 3. An account with a second factor must use an
    enrolled method that adds a factor, or recovery. 4. An account without one sets one up, which may be postponed
    until the operator's date (`now` is microseconds since 1970 UTC).
    """
    all_rules = tuple(rules)
    proved, used = factors_of(evidence), {proof.method for proof in evidence}
    if level_of(proved) >= policy.required(enrolled.roles, wants=enrolled.wants_second_factor):
        return None
    forced = policy.forces(enrolled.roles)
    if Method.TRUSTED_DEVICE in used and not forced:
        return None
    may_wait = now < policy.forced_from and not enrolled.wants_second_factor
    if Method.SKIP_ENROLMENT in used and may_wait:
        return None
    useful = [
        rule
        for rule in _at(Stage.CONTINUE, all_rules)
        if rule.requires in enrolled.enrolled and rule.factors - proved and rule.method not in used
    ]
    if enrolled.enrolled & SECOND_FACTORS or enrolled.wants_second_factor:
        # A user who has a second factor, or demanded one and lost it, must prove it or wait for recovery: enrolling
        # another one here would bypass it.
        return tuple(rule.method for rule in (*useful, *_at(Stage.RECOVER, all_rules)))
    knowledge = [rule for rule in useful if Factor.KNOWLEDGE in rule.factors]
    enrolments = [rule for rule in _at(Stage.ENROL, all_rules) if level_of(proved | rule.factors) > 1]
    skips = _at(Stage.SKIP, all_rules) if may_wait else []
    return tuple(rule.method for rule in (*knowledge, *enrolments, *skips))


def first_methods(rules: Iterable[MethodRule]) -> tuple[str, ...]:
    """Return the methods that an attempt may begin with: the same for every identifier, whether an account exists or
    not.
    """
    return tuple(rule.method for rule in _at(Stage.START, tuple(rules)))


def step_up_methods(rules: Iterable[MethodRule], enrolled: EnrolledFactors) -> tuple[str, ...]:
    """Return the methods for a step-up of a signed-in user: the enrolled ones that prove a factor; without any, the
    enrolled ones that prove none (the mailbox).
    """
    starts = _at(Stage.START, tuple(rules))
    strong = [rule.method for rule in starts if rule.factors and rule.requires in enrolled.enrolled]
    return tuple(strong or [rule.method for rule in starts if rule.requires in enrolled.enrolled])


@dataclass(frozen=True, slots=True)
class StepUpRule:
    """What a sensitive request of one account requires: a proof with one of these `amr` values (RFC 8176), at this
    `level` or above, at most `max_age` microseconds old.

    A session's `amr` is the union of its proofs, and its time that of the latest one. That is exact enough: an account
    cannot lose all its factors without its sessions ending, so a proof by email never follows a stronger one.
    """

    amr: frozenset[str]
    level: int
    max_age: Duration

    def accepts(self, proved: Assurance, now: Instant) -> bool:
        """Whether a session's assurance satisfies the rule at `now`: method, level and age."""
        return now - proved.auth_time <= self.max_age and proved.aal >= self.level and bool(self.amr & {*proved.amr})


def step_up_rule(rules: Iterable[MethodRule], enrolled: EnrolledFactors, level: int, max_age: Duration) -> StepUpRule:
    """Return the rule that accepts what `step_up_methods` offers.

    A proof by a password that has been removed since is accepted too: removing a password ends every session except
    the one that removed it.
    """
    found = tuple(rules)
    accepted = {*step_up_methods(found, enrolled), Method.PASSWORD}
    amr = frozenset[str]().union(*(rule.amr for rule in found if rule.method in accepted))
    return StepUpRule(amr, level, max_age)


def _at(stage: Stage, rules: tuple[MethodRule, ...]) -> list[MethodRule]:
    return [rule for rule in rules if stage in rule.stages]

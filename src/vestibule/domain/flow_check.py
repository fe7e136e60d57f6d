"""Model check of the sign-in flows: searches every way into every possible account for ways that must not exist.

The methods and the policy are compiled to a finite state machine. A state is an account, the factors that the actor
can show, and what is proved so far. The moves are the steps that the login service offers (by the same function), a
password reset, and a recovery after its wait. The search is breadth first, so that the path reported for a broken
property is a shortest one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, combinations

from vestibule.domain.assurance import SECOND_FACTORS, AssurancePolicy, EnrolledFactors, first_methods, next_methods
from vestibule.domain.instant import HOUR, Duration
from vestibule.domain.login import EnrolledFactor, Evidence, Factor, Method, MethodRule, Stage

SHORTEST_WAIT = HOUR
_KEPT = (EnrolledFactor.PASSWORD, EnrolledFactor.PASSKEY, EnrolledFactor.TOTP, EnrolledFactor.RECOVERY_CODE)
_ALWAYS = frozenset({EnrolledFactor.EMAIL, EnrolledFactor.NOTHING})
_THEFTS = (
    frozenset({EnrolledFactor.EMAIL}),
    frozenset({EnrolledFactor.PASSWORD}),
    frozenset({EnrolledFactor.EMAIL, EnrolledFactor.PASSWORD}),
    frozenset({EnrolledFactor.TOTP}),
    frozenset({EnrolledFactor.RECOVERY_CODE}),
)


class Property(StrEnum):
    """What must hold for every configuration; each value describes the violation."""

    BOUND = "a session for an account without a proof bound to it"
    STRONG = "a way in that is weaker than the login it replaces, without the wait"
    RESET = "a password reset that lowers the assurance of an account"
    RECOVERY = "a locked-out owner with no way back"

    @property
    def is_about_safety(self) -> bool:
        """Whether a violation stops the server from starting. An operator may accept accounts without a recovery."""
        return self is not Property.RECOVERY


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """The configuration to check: methods, policy, the wait of a recovery (microseconds), and what a password reset
    does to second factors.
    """

    rules: tuple[MethodRule, ...]
    policy: AssurancePolicy
    recovery_delay: Duration
    reset_keeps_factors: bool = True
    reset_signs_in: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken property: the account, the actor who gets in (or stays out), and the shortest path that shows it."""

    broken: Property
    account: str
    actor: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        steps = "".join(f"\n  {number}. {step}" for number, step in enumerate(self.path, 1)) or "\n  (no path at all)"
        return f"{self.broken.value}\n  account: {self.account}\n  actor:   {self.actor}{steps}"


@dataclass(frozen=True, slots=True)
class _State:
    """An actor on the way into an account: what is enrolled, whether the user demands a second factor (`wants`), what
    the actor can show, and what is proved. `waited`: the delay of a recovery has passed.
    """

    enrolled: frozenset[EnrolledFactor]
    wants: bool
    shows: frozenset[EnrolledFactor]
    evidence: frozenset[tuple[str, frozenset[Factor]]] = frozenset()
    waited: bool = False
    signed_in: bool = False


def check(config: FlowConfig) -> list[Finding]:
    """Return all broken properties, each with the shortest path for the first account and actor that show it."""
    findings: dict[Property, Finding] = {}
    for account in _accounts(config):
        for finding in (*_thefts(config, account), *_losses(config, account)):
            findings.setdefault(finding.broken, finding)
    return [findings[found] for found in Property if found in findings]


def _accounts(config: FlowConfig) -> Iterator[_State]:
    """Every account that the product allows."""
    subsets = chain.from_iterable(combinations(_KEPT, count) for count in range(len(_KEPT) + 1))
    starts = {rule.requires for rule in config.rules if Stage.START in rule.stages}
    for chosen in map(frozenset, subsets):
        has_second = bool(chosen & SECOND_FACTORS)
        allowed = EnrolledFactor.TOTP not in chosen or EnrolledFactor.PASSWORD in chosen
        if (
            not allowed
            or (EnrolledFactor.RECOVERY_CODE in chosen and not has_second)
            or not (chosen | _ALWAYS) & starts
        ):
            continue
        for wants in (False, True):
            if wants != has_second and (wants or EnrolledFactor.TOTP in chosen):
                continue
            yield _State(chosen | _ALWAYS, wants, frozenset())


def _thefts(config: FlowConfig, account: _State) -> Iterator[Finding]:
    """Violations by a thief who has stolen one factor, or the mailbox and the password."""
    for stolen in _THEFTS:
        if not stolen & account.enrolled:
            continue
        thief = replace(account, shows=(stolen & account.enrolled) | {EnrolledFactor.NOTHING})
        for state, path in _search(config, thief):
            if not state.signed_in:
                continue
            if not _is_bound(config, state):
                yield _finding(Property.BOUND, account, stolen, path)
            elif _is_guarded(config, account) and not state.waited:
                broken = Property.RESET if any(step.startswith("reset") for step in path) else Property.STRONG
                yield _finding(broken, account, stolen, path)


def _losses(config: FlowConfig, account: _State) -> Iterator[Finding]:
    """Violations where an owner who has lost one factor can no longer get in at all."""
    for lost in (*sorted(account.enrolled - _ALWAYS), None):
        owner = replace(account, shows=account.enrolled - {lost})
        if not any(state.signed_in for state, _ in _search(config, owner)):
            yield Finding(Property.RECOVERY, _named(account), f"the owner, without {lost or 'any loss'}", ())


def _search(config: FlowConfig, start: _State) -> Iterator[tuple[_State, tuple[str, ...]]]:
    """All reachable states, nearest first, each with a shortest path."""
    seen = {start}
    waiting: list[tuple[_State, tuple[str, ...]]] = [(start, ())]
    for state, path in waiting:
        yield state, path
        for name, reached in () if state.signed_in else _moves(config, state):
            if reached not in seen:
                seen.add(reached)
                waiting.append((reached, (*path, name)))


def _moves(config: FlowConfig, state: _State) -> Iterator[tuple[str, _State]]:
    if not state.evidence:
        offered: Iterable[str] = first_methods(config.rules)
        if EnrolledFactor.EMAIL in state.shows:
            yield from _reset(config, state)
    else:
        following = _next(config, state)
        offered = following or ()
        if following is None:
            yield "the session is made", replace(state, signed_in=True)
    for rule in config.rules:
        if rule.method in offered and rule.requires in state.shows & state.enrolled:
            yield from _MOVES.get(rule.method, _prove)(config, state, rule)


def _next(config: FlowConfig, state: _State) -> tuple[str, ...] | None:
    roles = config.policy.roles
    holder = EnrolledFactors(state.enrolled, state.wants, roles)
    evidence = tuple(Evidence(method, factors, "", 0) for method, factors in state.evidence)
    # The time is the operator's date: the properties must hold once a second factor can no longer be postponed.
    return next_methods(config.rules, config.policy, holder, evidence, config.policy.forced_from)


def _prove(_: FlowConfig, state: _State, rule: MethodRule) -> Iterator[tuple[str, _State]]:
    yield f"prove {rule.method}", replace(state, evidence=state.evidence | {(rule.method, rule.factors)})
    if state.evidence and len(rule.factors) > 1:
        # After another proof, a passkey need not verify its user.
        weaker = (rule.method, frozenset({Factor.POSSESSION}))
        yield f"prove {rule.method} (unverified)", replace(state, evidence=state.evidence | {weaker})


def _recover(config: FlowConfig, state: _State, rule: MethodRule) -> Iterator[tuple[str, _State]]:
    left = state.enrolled - {EnrolledFactor.TOTP, EnrolledFactor.PASSKEY, EnrolledFactor.RECOVERY_CODE}
    waited = state.waited or config.recovery_delay >= SHORTEST_WAIT
    evidence = state.evidence | {(rule.method, rule.factors)}
    name = f"recover after {config.recovery_delay // HOUR} h"
    yield name, replace(state, enrolled=left, wants=False, evidence=evidence, waited=waited)


def _reset(config: FlowConfig, state: _State) -> Iterator[tuple[str, _State]]:
    after = replace(
        state, enrolled=state.enrolled | {EnrolledFactor.PASSWORD}, shows=state.shows | {EnrolledFactor.PASSWORD}
    )
    if not config.reset_keeps_factors:
        after = replace(after, enrolled=after.enrolled - SECOND_FACTORS - {EnrolledFactor.RECOVERY_CODE}, wants=False)
    yield "reset the password by email", after
    if config.reset_signs_in:
        evidence = frozenset({(Method.PASSWORD.value, frozenset({Factor.KNOWLEDGE}))})
        yield "reset the password by email, and be signed in", replace(after, evidence=evidence, signed_in=True)


_Move = Callable[[FlowConfig, _State, MethodRule], Iterator[tuple[str, _State]]]
_MOVES: dict[str, _Move] = {Method.FACTOR_RECOVERY: _recover}


def _is_bound(config: FlowConfig, state: _State) -> bool:
    binding = {rule.method for rule in config.rules if rule.binds and Stage.SKIP not in rule.stages}
    binding -= {rule.method for rule in config.rules if rule.stages & {Stage.RECOVER, Stage.ENROL}}
    return any(method in binding for method, _ in state.evidence)


def _is_guarded(config: FlowConfig, account: _State) -> bool:
    """Whether this account has a second factor that every sign-in must prove."""
    required = config.policy.required(config.policy.roles, wants=account.wants)
    return required > 1 and bool(account.enrolled & SECOND_FACTORS)


def _finding(broken: Property, account: _State, stolen: frozenset[EnrolledFactor], path: tuple[str, ...]) -> Finding:
    actor = f"a thief who has the owner's {' and '.join(sorted(stolen))} only"
    return Finding(broken, _named(account), actor, path)


def _named(account: _State) -> str:
    kept = ", ".join(sorted(account.enrolled - _ALWAYS)) or "a mailbox only"
    return f"{kept}{'; two steps wanted' if account.wants else ''}"

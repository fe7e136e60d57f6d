"""Every way into every account there can be, searched for ways that must not be.

The methods and the policy are compiled to a finite state machine: a state is an account, what somebody can show, and
what was proved so far; the moves are those that the login service offers (the same function says so), a password reset,
and a recovery after its wait. Breadth first, so that a path that breaks a property is the shortest one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, combinations

from vestibule.domain.assurance import SECOND_FACTORS, AssurancePolicy, Holder, first_methods, next_methods
from vestibule.domain.instant import HOUR, Duration
from vestibule.domain.login import Evidence, Factor, Holding, Method, MethodRule, Stage

SHORTEST_WAIT = HOUR
_KEPT = (Holding.PASSWORD, Holding.PASSKEY, Holding.TOTP, Holding.RECOVERY_CODE)
_ALWAYS = frozenset({Holding.EMAIL, Holding.NOTHING})
_THEFTS = (
    frozenset({Holding.EMAIL}),
    frozenset({Holding.PASSWORD}),
    frozenset({Holding.EMAIL, Holding.PASSWORD}),
    frozenset({Holding.TOTP}),
    frozenset({Holding.RECOVERY_CODE}),
)


class Property(StrEnum):
    """What must hold of every configuration."""

    BOUND = "a session for an account without a proof bound to it"
    STRONG = "a way in that is weaker than the login it replaces, without the wait"
    RESET = "a password reset that lowers the assurance of an account"
    WAY_BACK = "a locked-out owner with no way back"

    @property
    def is_about_safety(self) -> bool:
        """Whether a server must not start with it. Without a way back an operator may choose to live."""
        return self is not Property.WAY_BACK


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """What is searched: the methods, the policy, the wait, and what a reset does to the second factors."""

    rules: tuple[MethodRule, ...]
    policy: AssurancePolicy
    recovery_delay: Duration
    reset_keeps_factors: bool = True
    reset_signs_in: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A property that is broken: whose account, held by whom, and the shortest path that shows it."""

    broken: Property
    account: str
    actor: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        steps = "".join(f"\n  {number}. {step}" for number, step in enumerate(self.path, 1)) or "\n  (no path at all)"
        return f"{self.broken.value}\n  account: {self.account}\n  actor:   {self.actor}{steps}"


@dataclass(frozen=True, slots=True)
class _State:
    """Somebody on the way into an account. `waited`: a recovery's delay lies behind."""

    holdings: frozenset[Holding]
    wants: bool
    shows: frozenset[Holding]
    evidence: frozenset[tuple[str, frozenset[Factor]]] = frozenset()
    waited: bool = False
    signed_in: bool = False


def check(config: FlowConfig) -> list[Finding]:
    """All broken properties, each with its shortest path for the first account and actor that show it."""
    findings: dict[Property, Finding] = {}
    for account in _accounts(config):
        for finding in (*_thefts(config, account), *_losses(config, account)):
            findings.setdefault(finding.broken, finding)
    return [findings[found] for found in Property if found in findings]


def _accounts(config: FlowConfig) -> Iterator[_State]:
    """Every account that the product lets somebody have."""
    subsets = chain.from_iterable(combinations(_KEPT, count) for count in range(len(_KEPT) + 1))
    starts = {rule.holding for rule in config.rules if Stage.START in rule.stages}
    for chosen in map(frozenset, subsets):
        has_second = bool(chosen & SECOND_FACTORS)
        allowed = Holding.TOTP not in chosen or Holding.PASSWORD in chosen
        if not allowed or (Holding.RECOVERY_CODE in chosen and not has_second) or not (chosen | _ALWAYS) & starts:
            continue
        for wants in (False, True):
            if wants != has_second and (wants or Holding.TOTP in chosen):
                continue
            yield _State(chosen | _ALWAYS, wants, frozenset())


def _thefts(config: FlowConfig, account: _State) -> Iterator[Finding]:
    """What somebody gets who has stolen one thing (or the mailbox and the password)."""
    for stolen in _THEFTS:
        if not stolen & account.holdings:
            continue
        thief = replace(account, shows=(stolen & account.holdings) | {Holding.NOTHING})
        for state, path in _search(config, thief):
            if not state.signed_in:
                continue
            if not _is_bound(config, state):
                yield _finding(Property.BOUND, account, stolen, path)
            elif _is_guarded(config, account) and not state.waited:
                broken = Property.RESET if any(step.startswith("reset") for step in path) else Property.STRONG
                yield _finding(broken, account, stolen, path)


def _losses(config: FlowConfig, account: _State) -> Iterator[Finding]:
    """Whether an owner who loses one thing still gets in, by whatever way there is."""
    for lost in (*sorted(account.holdings - _ALWAYS), None):
        owner = replace(account, shows=account.holdings - {lost})
        if not any(state.signed_in for state, _ in _search(config, owner)):
            yield Finding(Property.WAY_BACK, _named(account), f"the owner, without {lost or 'any loss'}", ())


def _search(config: FlowConfig, start: _State) -> Iterator[tuple[_State, tuple[str, ...]]]:
    """All states that can be reached, nearest first, each with a shortest path."""
    seen = {start}
    frontier: list[tuple[_State, tuple[str, ...]]] = [(start, ())]
    while frontier:
        following: list[tuple[_State, tuple[str, ...]]] = []
        for state, path in frontier:
            yield state, path
            for name, reached in () if state.signed_in else _moves(config, state):
                if reached not in seen:
                    seen.add(reached)
                    following.append((reached, (*path, name)))
        frontier = following


def _moves(config: FlowConfig, state: _State) -> Iterator[tuple[str, _State]]:
    if not state.evidence:
        offered: Iterable[str] = first_methods(config.rules)
        if Holding.EMAIL in state.shows:
            yield from _reset(config, state)
    else:
        following = _next(config, state)
        offered = following or ()
        if following is None:
            yield "the session is made", replace(state, signed_in=True)
    for rule in config.rules:
        if rule.method in offered and rule.holding in state.shows & state.holdings:
            yield from _MOVES.get(rule.method, _prove)(config, state, rule)


def _next(config: FlowConfig, state: _State) -> tuple[str, ...] | None:
    roles = config.policy.roles
    holder = Holder(state.holdings, state.wants, roles)
    evidence = tuple(Evidence(method, factors, "", 0) for method, factors in state.evidence)
    # After the operator's date: what may be put off until then must hold without it.
    return next_methods(config.rules, config.policy, holder, evidence, config.policy.forced_from)


def _prove(_: FlowConfig, state: _State, rule: MethodRule) -> Iterator[tuple[str, _State]]:
    yield f"prove {rule.method}", replace(state, evidence=state.evidence | {(rule.method, rule.factors)})
    if state.evidence and len(rule.factors) > 1:
        # Beside another proof a key need not verify its owner.
        weaker = (rule.method, frozenset({Factor.POSSESSION}))
        yield f"prove {rule.method} (unverified)", replace(state, evidence=state.evidence | {weaker})


def _recover(config: FlowConfig, state: _State, rule: MethodRule) -> Iterator[tuple[str, _State]]:
    left = state.holdings - {Holding.TOTP, Holding.PASSKEY, Holding.RECOVERY_CODE}
    waited = state.waited or config.recovery_delay >= SHORTEST_WAIT
    evidence = state.evidence | {(rule.method, rule.factors)}
    name = f"recover after {config.recovery_delay // HOUR} h"
    yield name, replace(state, holdings=left, wants=False, evidence=evidence, waited=waited)


def _reset(config: FlowConfig, state: _State) -> Iterator[tuple[str, _State]]:
    after = replace(state, holdings=state.holdings | {Holding.PASSWORD}, shows=state.shows | {Holding.PASSWORD})
    if not config.reset_keeps_factors:
        after = replace(after, holdings=after.holdings - SECOND_FACTORS - {Holding.RECOVERY_CODE}, wants=False)
    yield "reset the password by mail", after
    if config.reset_signs_in:
        evidence = frozenset({(Method.PASSWORD.value, frozenset({Factor.KNOWLEDGE}))})
        yield "reset the password by mail, and be signed in", replace(after, evidence=evidence, signed_in=True)


_Move = Callable[[FlowConfig, _State, MethodRule], Iterator[tuple[str, _State]]]
_MOVES: dict[str, _Move] = {Method.FACTOR_RECOVERY: _recover}


def _is_bound(config: FlowConfig, state: _State) -> bool:
    binding = {rule.method for rule in config.rules if rule.binds and Stage.SKIP not in rule.stages}
    binding -= {rule.method for rule in config.rules if rule.stages & {Stage.RECOVER, Stage.ENROL}}
    return any(method in binding for method, _ in state.evidence)


def _is_guarded(config: FlowConfig, account: _State) -> bool:
    """Whether this account has a second factor that every sign-in has to show."""
    required = config.policy.required(config.policy.roles, wants=account.wants)
    return required > 1 and bool(account.holdings & SECOND_FACTORS)


def _finding(broken: Property, account: _State, stolen: frozenset[Holding], path: tuple[str, ...]) -> Finding:
    actor = f"somebody who has the owner's {' and '.join(sorted(stolen))} only"
    return Finding(broken, _named(account), actor, path)


def _named(account: _State) -> str:
    kept = ", ".join(sorted(account.holdings - _ALWAYS)) or "a mailbox only"
    return f"{kept}{'; two steps wanted' if account.wants else ''}"

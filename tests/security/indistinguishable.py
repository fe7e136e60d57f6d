"""Can somebody outside tell one kind of account from another? (SECURITY.md 2.0)

`Comparison` sends the same request for each kind in a random order, and compares what comes back: status, headers,
cookies, body (without its nonces), size; and the time, by the Mann-Whitney U test and the difference of the medians.
`Trace` looks from inside, where no noise hides anything: which statements ran, which of them changed something (a database that has
nothing to write down has nothing to wait for), and how many slow hashes.
"""

import math
import random
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Self

from vestibule.db import postgres_connections, sqlite

Send = Callable[[], Awaitable[Any]]
# What differs from one answer to the next for everybody.
_NONCES = re.compile(
    r"\"challenge\":\"[A-Za-z0-9_-]+\"|(req|attempt|flow|session)_[0-9a-z]{26}|vst_[a-z]{3}_[0-9A-Za-z]+|[0-9a-f]{32}\.[A-Za-z0-9_-]{43}"
    r"|\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)"
)
# A counter that every request moves, whoever it is about.
_MOVING = frozenset({"x-request-id", "ratelimit", "date"})
LARGEST_P = 0.01
LARGEST_GAP_SECONDS = 0.001
LARGEST_GAP_SHARE = 0.02

_WRITING = ("INSERT", "UPDATE", "DELETE", "WITH")
IN_VAIN = " -- changed nothing"

_traced: ContextVar[bool] = ContextVar("traced", default=False)


@dataclass(frozen=True)
class Shape:
    """Everything about an answer that a stranger sees, but for the time."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    size: int

    @classmethod
    def of(cls, answer: Any) -> "Shape":
        headers = [
            (k.lower(), _NONCES.sub("*", v)) for k, v in answer.headers.multi_items() if k.lower() not in _MOVING
        ]
        return cls(answer.status_code, tuple(sorted(headers)), _NONCES.sub("*", answer.text), len(answer.content))


@dataclass
class Samples:
    seconds: list[float] = field(default_factory=list)
    shapes: set[Shape] = field(default_factory=set)


@dataclass(frozen=True)
class Verdict:
    """How one kind differs in time from the first one."""

    kind: str
    p: float
    median: float
    gap: float

    @property
    def is_indistinguishable(self) -> bool:
        """p > 0.01, and the medians differ by less than a millisecond or two per cent."""
        small = abs(self.gap) < LARGEST_GAP_SECONDS or abs(self.gap) < LARGEST_GAP_SHARE * self.median
        return self.p > LARGEST_P and small


class Comparison:
    """Mixed: a slow moment of the machine hits every kind alike."""

    def __init__(self, kinds: Mapping[str, Send]) -> None:
        self.kinds = kinds
        self.found = {kind: Samples() for kind in kinds}

    async def run(self, rounds: int, warm_up: int = 20) -> None:
        for name in self._deck(warm_up):
            await self.kinds[name]()
        for name in self._deck(rounds):
            began = time.perf_counter()
            answer = await self.kinds[name]()
            self.found[name].seconds.append(time.perf_counter() - began)
            self.found[name].shapes.add(Shape.of(answer))

    def _deck(self, rounds: int) -> list[str]:
        """Each kind so many times, shuffled as a whole. Whose errand is still running is chance then; in rounds of one
        of each a kind would never come after itself, and look faster than those that leave nothing behind.
        """
        deck = list(self.kinds) * rounds
        random.Random(rounds).shuffle(deck)
        return deck

    def assert_same_shape(self) -> None:
        first, *others = self.found
        for name in others:
            assert self.found[name].shapes == self.found[first].shapes, name

    def verdicts(self) -> list[Verdict]:
        first, *others = self.found
        base = self.found[first].seconds
        middle = statistics.median(base)
        return [
            Verdict(
                name, mann_whitney(base, (mine := self.found[name].seconds)), middle, statistics.median(mine) - middle
            )
            for name in others
        ]


def mann_whitney(first: list[float], second: list[float]) -> float:
    """Two-sided p of the Mann-Whitney U test, by its normal approximation with a correction for ties."""
    n, m = len(first), len(second)
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    rank_sum, ties, start = 0.0, 0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        rank_sum += sum((start + end + 1) / 2 for _, side in ranked[start:end] if side == 0)
        ties += (end - start) ** 3 - (end - start)
        start = end
    u = rank_sum - n * (n + 1) / 2
    total = n + m
    spread = math.sqrt(n * m / 12 * ((total + 1) - ties / (total * (total - 1))))
    return math.erfc(abs(u - n * m / 2) / spread / math.sqrt(2)) if spread else 1.0


class Trace:
    """The statements and slow hashes of whatever runs meanwhile, in order; a write that changed nothing says so."""

    def __init__(self, vestibule: Any) -> None:
        self._system = vestibule.app.state.system
        self.steps: list[str] = []
        self._undo: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        _traced.set(True)
        engine = self._system.engine
        if engine.dialect == "sqlite":
            owners, methods = (sqlite._ReadConnection, sqlite._WriteConnection), ("all", "run")
        else:
            owners, methods = (postgres_connections.PostgresConnection,), ("one", "all", "run")
        for owner in owners:
            for method in methods:
                self._wrap(owner, method)
        self._wrap(type(self._system.hashes), "verify_alike", "hash")
        self._wrap(type(self._system.hashes), "verify", "hash")
        self._wrap(type(self._system.hashes), "burn", "hash")
        self._wrap(type(self._system.hashes), "hash", "hash")
        return self

    def __exit__(self, *_: object) -> None:
        _traced.set(False)
        for undo in self._undo:
            undo()

    def taken(self) -> list[str]:
        found, self.steps = self.steps, []
        return found

    def _wrap(self, owner: type, name: str, label: str = "") -> None:
        original, steps = getattr(owner, name), self

        async def traced(self: Any, first: Any, *rest: Any) -> Any:
            if not _traced.get():  # what other tasks do beside it
                return await original(self, first, *rest)
            steps.steps.append(step := label or " ".join(str(first).split()))
            result = await original(self, first, *rest)
            if step.startswith(_WRITING) and not result:
                steps.steps[-1] += IN_VAIN
            return result

        setattr(owner, name, traced)
        self._undo.append(lambda: setattr(owner, name, original))

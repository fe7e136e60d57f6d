"""Shared by all rows of the table: a system under load, and the measurement of what a fault does to it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from environment import Environment
from resources import excess_resources, resources
from result import Result


class Scenario:
    """The measurement of an environment under load: figures count requests from the creation of this object on."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.before = resources(environment)
        self.began = time.monotonic()
        self.slowest_recovery = 0.0

    def wait_until_recovered(self, settle: float = 2) -> None:
        """Wait until the server reports ready, keep the longest such wait, let the load run for `settle` seconds."""
        self.slowest_recovery = max(self.slowest_recovery, self.environment.server.wait())
        self.environment.settle(settle)

    def result(self, number: str, fault: str, runs: int, notes: str = "") -> Result:
        """Return the row of the table: figures, resources and every invariant; checking them stops the load."""
        figures = self.environment.history.figures_since(self.began)
        violations = excess_resources(self.environment, self.before) + self.environment.check_invariants()
        return Result(
            number, fault, runs, figures.requests, figures.errors, figures.gap, self.slowest_recovery, notes, violations
        )


@contextmanager
def under_load(clients: int = 6, *, settle: float = 2, **options: Any) -> Iterator[Scenario]:
    """Create an environment with `options`, let `clients` run for `settle` seconds, yield it, close it at the end."""
    environment = Environment(**options)
    try:
        environment.load(clients)
        environment.settle(settle)
        yield Scenario(environment)
    finally:
        environment.close()


def repeat_fault(
    number: str, fault: str, inject: Callable[[Environment], None], runs: int, *, between: float = 2.0
) -> Result:
    """Run `inject` `runs` times under load, waiting for recovery and `between` seconds after each; return the row."""
    with under_load() as scenario:
        for _ in range(runs):
            inject(scenario.environment)
            scenario.wait_until_recovered(between)
        return scenario.result(number, fault, runs)


def count_accepted_ended_sessions(environment: Environment) -> int:
    """Count the tokens that the server accepts although the history says that their session was ended.

    Checks the last 200 of them, whatever the outcome of the request that ended them.
    """
    tokens = [entry.details["ended"] for entry in environment.history.entries if "ended" in entry.details][-200:]
    profile = f"{environment.server.url}/api/auth/profile"
    with httpx.Client(headers={"Host": "localhost"}, timeout=20) as http:
        return sum(
            http.get(profile, headers={"Authorization": f"Bearer {token}"}).status_code == 200 for token in tokens
        )

"""Rows about a rolling upgrade: the first instance of a new release migrates while those of the old one serve."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from balancer import Balancer, balancer
from environment import Environment, Server
from history import Entry
from releases import TODAY, Release, adding, renaming
from result import Result
from scenario import Scenario
from signed_in_client import SignedInClient

# The tables that every request of the load uses: each release of F36 changes the next of them.
_TABLES = ("users", "sessions", "refresh_tokens")


def rolling_upgrade(runs: int) -> Result:
    """F36: an additive migration. The old release serves on the newer schema, and can be started again on it."""
    with _deployed() as deployment:
        for number in range(runs):
            old, table = deployment.release, _TABLES[number % len(_TABLES)]
            new = adding(old, deployment.folder(), table)
            deployment.start_first(new)
            deployment.expect(deployment.balancer.wait_until_up, deployment.first)
            for server in deployment.instances:
                deployment.expect(deployment.balancer.wait_until_serving, server)
            deployment.replace(deployment.instances[-1], old)
            deployment.replace_all(new)
        fault = (
            "rolling upgrade of 2 instances behind HAProxy, the migration adds; the old release is started again on it"
        )
        return deployment.result("F36", fault, runs)


def breaking_upgrade(runs: int) -> Result:
    """F37: a migration that the old release cannot use. Its instances are taken out at once; from the moment at which the
    new one is ready no request is lost.
    """
    with _deployed() as deployment:
        for _ in range(runs):
            new = renaming(deployment.release, deployment.folder())
            began = time.monotonic()
            deployment.start_first(new)
            recovery = deployment.expect(deployment.balancer.wait_until_up, deployment.first)
            deployment.gaps.append((began, time.monotonic()))
            deployment.scenario.slowest_recovery = max(deployment.scenario.slowest_recovery, recovery)
            for server in deployment.instances:
                deployment.expect(deployment.balancer.wait_until_down, server)
                deployment.expect_migrations_missing(server)
            deployment.replace_all(new)
        fault = "the same, the migration renames a column; the old release may not use the schema"
        result = deployment.result("F37", fault, runs)
        result.notes = f"{len(deployment.lost_requests())} of them after the new release was ready"
        return result


class _Deployment:
    """Two instances of one release behind a balancer, a third for the first of the next release, and the load.

    `gaps`: the periods (`time.monotonic()`) in which requests may be lost, none by default.
    """

    def __init__(self, environment: Environment, servers: list[Server], running: Balancer) -> None:
        self.environment = environment
        *self.instances, self.first = servers
        self.balancer = running
        self.release = TODAY
        self.gaps: list[tuple[float, float]] = []
        self._violations: list[str] = []
        environment.load(3, [running.url], pause=0.05)
        self._signed_in = environment.load(3, [running.url], pause=0.05, kind=SignedInClient)
        if not all(client.is_signed_in.wait(60) for client in self._signed_in):
            raise TimeoutError("a client could not sign in within a minute")
        for server in self.instances:
            running.wait_until_serving(server.port)
        self.scenario = Scenario(environment)

    def folder(self) -> Path:
        """Return a folder for the next release."""
        return self.environment.folder / f"release-after-{self.release.revision}"

    def start_first(self, release: Release) -> None:
        """Start the first instance of the next release, which migrates; it is not waited for."""
        self.first.code = release.folder
        self.first.start(migrate=True, wait=False)

    def expect(self, wait: Callable[[int], float], server: Server) -> float:
        """Wait for a state of the instance; return the seconds that took. A state that does not come is a violation."""
        try:
            return wait(server.port)
        except TimeoutError as error:
            self._violations.append(str(error))
            return 0.0

    def expect_migrations_missing(self, server: Server) -> None:
        """Require that the instance itself says that it may not use the schema."""
        answer = httpx.get(f"{server.url}/health/ready", headers={"Host": "localhost"}, timeout=20)
        if (answer.status_code, answer.json()["checks"]["migrations"]) != (503, False):
            self._violations.append(f"an instance of the old release answers {answer.status_code} on the newer schema")

    def replace(self, server: Server, release: Release) -> None:
        """Stop an instance (SIGTERM) and start one of this release in its place; wait until it serves."""
        server.stop()
        self.expect(self.balancer.wait_until_down, server)
        server.code = release.folder
        server.start(wait=False)
        self.expect(self.balancer.wait_until_up, server)
        self.expect(self.balancer.wait_until_serving, server)

    def replace_all(self, release: Release) -> None:
        """Replace the instances one after the other, then stop the one that was the first of its release."""
        revision = self.environment.database.sql("SELECT version_num FROM alembic_version")
        if revision != release.revision:
            self._violations.append(f"the schema is at {revision}, not {release.revision}: this row shows nothing")
        for server in self.instances:
            self.replace(server, release)
        self.first.stop()
        self.expect(self.balancer.wait_until_down, self.first)
        self.release = release

    def lost_requests(self) -> list[Entry]:
        """Return the requests without an answer, or with a 5xx, that were sent outside of the gaps."""
        lost = [entry for entry in self.environment.history.entries if entry.outcome == "unknown"]
        return [entry for entry in lost if not any(began <= entry.began < ended for began, ended in self.gaps)]

    def result(self, number: str, fault: str, runs: int) -> Result:
        """Return the row: beside every invariant, no request was lost outside of the gaps, and no session ended."""
        environment, result = self.environment, self.scenario.result(number, fault, runs)
        reused = environment.database.sql("SELECT count(*) FROM sessions WHERE revoke_reason = 'refresh_reuse'")
        result.violations += self._violations
        result.violations += _counted("lost", self.lost_requests())
        result.violations += _counted("refused", environment.history.refused_sessions())
        for client in self._signed_in:
            result.violations += client.ended_sessions(environment.server.url)
        result.violations += [] if reused == "0" else [f"{reused} token families ended as reused"]
        return result


def _counted(what: str, entries: list[Entry]) -> list[str]:
    """Return one message for each kind of request and answer."""
    kinds = Counter(f"{entry.action} {entry.status or 'no answer'}" for entry in entries)
    return [f"{count} x {kind} {what}" for kind, count in kinds.items()]


@contextmanager
def _deployed() -> Iterator[_Deployment]:
    with closing(Environment()) as environment:
        servers = [environment.server, Server(environment).start(), Server(environment)]
        with balancer(environment.folder / "balancer", [server.port for server in servers]) as running:
            yield _Deployment(environment, servers, running)

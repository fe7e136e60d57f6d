"""Rows about the loss of the primary database and the promotion of a standby."""

import time
from contextlib import closing

import httpx

from environment import Environment
from result import Result
from scenario import count_accepted_ended_sessions, under_load


def failover(runs: int) -> Result:
    """F8, F11: kill -9 of the primary, the synchronous standby is promoted; nothing that was acknowledged is lost."""
    total = Result("F8", "kill -9 of the primary, synchronous standby promoted", runs)
    for _ in range(runs):
        with under_load(settle=4, standby="sync") as scenario:
            environment = scenario.environment
            environment.proxy.fault.refuse = False
            scenario.slowest_recovery = _promote(environment)
            # The new primary has no standby of its own and must not wait for one.
            environment.standby.configure(synchronous_standby_names="''")
            environment.standby.reload()
            environment.settle(3)
            total = _check_old_primary(environment, _accumulate(total, scenario.result("F8", "", 1)))
    return total


def standby_gone(runs: int, seconds: float = 8) -> Result:
    """F10: the synchronous standby is out of reach, so no write is confirmed and none acknowledged.

    Everything that was acknowledged is on the standby when it is promoted later.
    """
    with under_load(standby="sync") as scenario:
        environment = scenario.environment
        for _ in range(runs):
            environment.replication.fault.refuse = True
            environment.replication.cut()
            environment.settle(seconds)
            assert httpx.get(f"{environment.server.url}/health", timeout=2).status_code == 200
            environment.replication.heal()
            environment.primary.wait_for_standby("sync")
            scenario.wait_until_recovered()
        environment.settle(1)
        environment.stop_clients()
        _promote(environment)
        environment.standby.configure(synchronous_standby_names="''")
        environment.standby.reload()
        fault = f"synchronous standby out of reach for {seconds:g} s; later it takes over"
        return scenario.result("F10", fault, runs, "writes wait, and are refused; nothing acknowledged is missing")


def async_failover(runs: int) -> Result:
    """F9: an asynchronous standby that lags is promoted; what it lacks is lost, so `db restored` ends every session.

    The lost writes may include revocations: without a restore cutoff, ended sessions would be accepted again.
    """
    total = Result("F9", "kill -9 of the primary, lagging standby promoted, then `db restored`", runs)
    for _ in range(runs):
        with closing(Environment(standby="async")) as environment:
            environment.load()
            environment.settle(3)
            environment.replication.fault.hold = True
            environment.settle(2)
            began = time.monotonic()
            environment.stop_clients()
            environment.replication.cut()
            took = _promote(environment)
            environment.cli("db", "restored")
            alive = count_accepted_ended_sessions(environment)
            figures = environment.history.figures_since(began)
            total.requests += figures.requests
            total.recovery = max(total.recovery, took)
            total.violations += [f"I4 {alive} sessions of before still answer"] if alive else []
            usernames = set(environment.database.sql("SELECT username FROM users").split())
            lost = sum(entry.username not in usernames for entry in environment.history.entries_of("register"))
            total.notes = (
                f"{lost} acknowledged registrations lost (asynchronous replication); {alive} old sessions live"
            )
    return total


def _check_old_primary(environment: Environment, total: Result) -> Result:
    """F11: start the old primary again and check that the server does not write to it."""
    environment.primary.configure(synchronous_standby_names="''")
    environment.primary.start()
    before = environment.primary.sql("SELECT count(*) FROM audit_events")
    environment.load(2)
    environment.settle(2)
    environment.stop_clients()
    if environment.primary.sql("SELECT count(*) FROM audit_events") != before:
        total.violations.append("F11 something was written to the old primary")
    total.notes = "the old primary came back and got no write"
    return total


def _promote(environment: Environment) -> float:
    """Kill the primary, promote the standby, point the proxy at it; return the seconds until the server is ready."""
    began = time.monotonic()
    environment.primary.kill()
    environment.standby.thaw()
    environment.standby.promote()
    environment.proxy.target = environment.standby.port
    environment.proxy.cut()
    environment.server.wait()
    return time.monotonic() - began


def _accumulate(total: Result, one: Result) -> Result:
    """Add the figures of one run to the total and return the total."""
    total.requests += one.requests
    total.errors += one.errors
    total.gap, total.recovery = max(total.gap, one.gap), max(total.recovery, one.recovery)
    total.violations += one.violations
    return total

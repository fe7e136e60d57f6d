"""Memory, open files, connections and sign-in time before a fault and after it (I11, I12)."""

import statistics
import time
from dataclasses import dataclass

import httpx

from environment import Environment
from history import PASSWORD

_SIGN_INS = 40
# False where the tests share the machine: the sign-in time means nothing then and is not compared.
quiet_machine = True
# Allowed beside a tenth (a fifth for the time): what two seconds of further load add to caches, pools and jitter.
_MORE_MIB, _MORE_FILES, _MORE_CONNECTIONS, _MORE_MS = 10, 10, 4, 3


@dataclass(frozen=True)
class Resources:
    """MiB and open files of the largest worker, connections to the database, milliseconds of a refused sign-in."""

    mib: float
    files: int
    connections: int
    milliseconds: float

    def exceeding(self, before: "Resources") -> list[str]:
        """Return what exceeds the values before by more than the allowance, as messages; [] if nothing does."""
        limits = {
            "I11 MiB": (self.mib, before.mib * 1.1 + _MORE_MIB),
            "I11 open files": (self.files, before.files * 1.1 + _MORE_FILES),
            "I11 connections": (self.connections, before.connections * 1.1 + _MORE_CONNECTIONS),
        }
        if quiet_machine:
            limits["I12 ms of a sign-in"] = (self.milliseconds, before.milliseconds * 1.2 + _MORE_MS)
        return [f"{name}: {now:.1f}, not {limit:.1f}" for name, (now, limit) in limits.items() if now > limit]


def resources(environment: Environment) -> Resources:
    """Wait until all workers run and measure, with the load running; TimeoutError after 60 s without all workers."""
    began = time.monotonic()
    while len(environment.server.worker_processes()) < environment.server.worker_count:
        if time.monotonic() - began > 60:
            raise TimeoutError(f"not all of {environment.server.worker_count} workers are there")
        environment.settle(0.2)
    mib, files = environment.server.resources()
    sql = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    connections = 0 if environment.embedded else int(environment.database.sql(sql))
    return Resources(mib, files, connections, _sign_in_ms(environment.server.url))


def excess_resources(environment: Environment, before: Resources, seconds: float = 60) -> list[str]:
    """Wait until the resources are back to those before and return []; after `seconds`, return what exceeds them."""
    began = time.monotonic()
    while excess := resources(environment).exceeding(before):
        if time.monotonic() - began > seconds:
            return excess
        environment.settle(2)
    return []


def _sign_in_ms(url: str) -> float:
    """Return the median time of a sign-in with an unknown account, in ms: it includes limits, database and a hash."""
    times = []
    with httpx.Client(timeout=20, headers={"Host": "localhost"}) as http:
        for _ in range(_SIGN_INS):
            began = time.monotonic()
            http.post(f"{url}/api/auth/login", json={"email": f"n{began}@example.com", "password": PASSWORD})
            times.append(time.monotonic() - began)
    return statistics.median(times) * 1000

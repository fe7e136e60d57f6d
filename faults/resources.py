"""What a system uses and how fast it answers, before a fault and after it (I11, I12)."""

import statistics
import time
from dataclasses import dataclass

import httpx
from book import PASSWORD
from world import World

_SIGN_INS = 40
# False where the tests share the machine: how fast it answers says nothing then.
quiet_machine = True
# Beside a tenth: what two seconds of further load may add to caches, pools and the scheduler's mood.
_MORE_MIB, _MORE_FILES, _MORE_CONNECTIONS, _MORE_MS = 10, 10, 4, 3


@dataclass(frozen=True)
class Resources:
    """MiB and open files of the largest worker, connections to the database, milliseconds of a refused sign-in."""

    mib: float
    files: int
    connections: int
    milliseconds: float

    def beyond(self, before: "Resources") -> list[str]:
        """What did not come back."""
        limits = {
            "I11 MiB": (self.mib, before.mib * 1.1 + _MORE_MIB),
            "I11 open files": (self.files, before.files * 1.1 + _MORE_FILES),
            "I11 connections": (self.connections, before.connections * 1.1 + _MORE_CONNECTIONS),
        }
        if quiet_machine:
            limits["I12 ms of a sign-in"] = (self.milliseconds, before.milliseconds * 1.2 + _MORE_MS)
        return [f"{name}: {now:.1f}, not {most:.1f}" for name, (now, most) in limits.items() if now > most]


def resources(world: World) -> Resources:
    """As it is now, the load included."""
    began = time.monotonic()
    while len(world.server.worker_processes()) < world.server.workers_wanted:
        if time.monotonic() - began > 60:
            raise TimeoutError(f"not all of {world.server.workers_wanted} workers are there")
        world.settle(0.2)
    mib, files = world.server.resources()
    asked = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    connections = 0 if world.embedded else int(world.database.sql(asked))
    return Resources(mib, files, connections, _sign_in_ms(world.server.url))


def not_back(world: World, before: Resources, seconds: float = 60) -> list[str]:
    """What is still beyond after so long; [] as soon as nothing is."""
    began = time.monotonic()
    while found := resources(world).beyond(before):
        if time.monotonic() - began > seconds:
            return found
        world.settle(2)
    return []


def _sign_in_ms(url: str) -> float:
    """The median of sign-ins of nobody: the limits, the database and a hash have a part in it."""
    times = []
    with httpx.Client(timeout=20, headers={"Host": "localhost"}) as http:
        for _ in range(_SIGN_INS):
            began = time.monotonic()
            http.post(f"{url}/api/auth/login", json={"email": f"n{began}@example.com", "password": PASSWORD})
            times.append(time.monotonic() - began)
    return statistics.median(times) * 1000

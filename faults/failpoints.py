"""F25: kill -9 at every step of every flow: the worker dies at its n-th statement, for every n that the flow has.

`python -m failpoints serve` runs Vestibule with one addition: while the file that FAULTS_KILL_AT names contains a
number n, the worker counts its statements, and kills itself before the n-th.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from environment import Environment, Server
from factor_flows import FACTOR_FLOWS, PREREQUISITES
from flows import FLOWS as TOKEN_SESSION_FLOWS
from flows import Flow, Person, verify
from history import Client, RequestFailed
from result import Result
from vestibule.__main__ import main
from vestibule.db import postgres_connections

MAX_STEPS = 60
FLOWS: list[Flow] = [*TOKEN_SESSION_FLOWS, *FACTOR_FLOWS]


def arm() -> None:
    """Wrap the methods that run statements, in this process and those that it forks, with the counter that kills."""
    armed = Path(os.environ["FAULTS_KILL_AT"])
    counted = 0

    def wrap(owner: type, name: str) -> None:
        original = getattr(owner, name)

        async def counting(self: Any, *arguments: Any) -> Any:
            nonlocal counted
            if armed.exists():
                # Waiting for the lease of a worker that was killed before is not a step of this flow.
                counted += "cache_leases" not in arguments[0]
                if counted >= int(armed.read_text() or 0):
                    armed.unlink(missing_ok=True)
                    os.kill(os.getpid(), signal.SIGKILL)
            else:
                counted = 0
            return await original(self, *arguments)

        setattr(owner, name, counting)

    for name in ("one", "all", "run"):
        wrap(postgres_connections.PostgresConnection, name)


def every_step(_: int) -> Result:
    """Kill a worker at every statement of all flows, and return them as one row."""
    environment = Environment()
    total = Result(
        "F25", f"kill -9 at every statement of {', '.join(flow.__name__.replace('_', ' ') for flow in FLOWS)}", 0
    )
    try:
        environment.server.stop()
        armed = environment.folder / "kill-at"
        environment.server = Server(environment, workers=1, FAULTS_KILL_AT=str(armed)).start(module="failpoints")
        for flow in FLOWS:
            total.runs += _each_step(environment, armed, flow)
        began = time.monotonic()
        total.violations = environment.check_invariants()
        total.requests = len(environment.history.entries)
        total.errors = sum(entry.outcome == "unknown" for entry in environment.history.entries)
        total.notes = f"checked in {time.monotonic() - began:.0f} s; each flow went through when it was tried again"
        return total
    finally:
        environment.close()


def _each_step(environment: Any, armed: Path, flow: Flow) -> int:
    """Run the flow with the worker killed at statement 1, 2, ... until it completes; return the number of kills."""
    for step in range(1, MAX_STEPS):
        client = Client(environment.history, [environment.server.url], 1000 * FLOWS.index(flow) + step)
        person = Person(environment, client)
        person.prepare(wants_email=flow is verify)
        if before := PREREQUISITES.get(flow):
            before(person, client)
        armed.write_text(str(step))
        try:
            flow(person, client)
            died = not armed.exists()
        except (RequestFailed, TimeoutError):
            # No answer; or the worker that was to send the email died, and the email waits for another worker.
            died = not armed.exists()
        armed.unlink(missing_ok=True)
        environment.server.wait()
        if not died:
            return step - 1
        _retry(person, client, flow)
    raise AssertionError(f"{flow.__name__} never ended")


def _retry(person: Any, client: Any, flow: Flow) -> None:
    """Try the flow again as a user would: up to three times, as an older email may arrive late; it must succeed."""
    for last in (False, False, True):
        try:
            flow(person, client)
        except (RequestFailed, TimeoutError):
            if last:
                raise
            person.environment.server.wait()
        else:
            return


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        arm()
        main()

"""kill -9 at every step of every flow: a worker that dies at its n-th statement, for every n there is.

`python -m failpoints serve` is the product with one thing added: when the file that FAULTS_KILL_AT names holds a
number, the worker that runs so many statements from then on kills itself before the last of them.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from book import Client, Gone
from factor_flows import BEFORE, FACTOR_FLOWS
from flows import FLOWS as TOKEN_DOOR
from flows import Flow, Person, verify
from result import Result
from world import Server, World

from vestibule.__main__ import main
from vestibule.db import postgres

MOST_STEPS = 60
FLOWS: list[Flow] = [*TOKEN_DOOR, *FACTOR_FLOWS]


def arm() -> None:
    """Count statements in this process and those that it forks."""
    armed = Path(os.environ["FAULTS_KILL_AT"])
    counted = 0

    def wrap(owner: type, name: str) -> None:
        original = getattr(owner, name)

        async def counting(self: Any, *given: Any) -> Any:
            nonlocal counted
            if armed.exists():
                # Waiting for the lease of a worker that was killed before is no step of this one's.
                counted += "cache_leases" not in given[0]
                if counted >= int(armed.read_text() or 0):
                    armed.unlink(missing_ok=True)
                    os.kill(os.getpid(), signal.SIGKILL)
            else:
                counted = 0
            return await original(self, *given)

        setattr(owner, name, counting)

    for name in ("one", "all", "run"):
        wrap(postgres._Connection, name)


def every_step(_: int) -> Result:
    """One row: all flows, all steps."""
    world = World()
    total = Result(
        "F25", f"kill -9 at every statement of {', '.join(flow.__name__.replace('_', ' ') for flow in FLOWS)}", 0
    )
    try:
        world.server.stop()
        armed = world.folder / "kill-at"
        world.server = Server(world, workers=1, FAULTS_KILL_AT=str(armed)).start(module="failpoints")
        for flow in FLOWS:
            total.runs += _each_step(world, armed, flow)
        began = time.monotonic()
        total.violations = world.verdict()
        total.requests = len(world.book.entries)
        total.errors = sum(entry.outcome == "unknown" for entry in world.book.entries)
        total.notes = f"checked in {time.monotonic() - began:.0f} s; each flow went through when it was tried again"
        return total
    finally:
        world.close()


def _each_step(world: Any, armed: Path, flow: Flow) -> int:
    """Until the flow ends before the worker does."""
    for step in range(1, MOST_STEPS):
        client = Client(world.book, [world.server.url], 1000 * FLOWS.index(flow) + step)
        person = Person(world, client)
        person.prepare(wants_mail=flow is verify)
        if before := BEFORE.get(flow):
            before(person, client)
        armed.write_text(str(step))
        try:
            flow(person, client)
            died = not armed.exists()
        except (Gone, TimeoutError):
            # No answer; or the worker that was to send the mail is gone, and the mail waits for another one.
            died = not armed.exists()
        armed.unlink(missing_ok=True)
        world.server.wait()
        if not died:
            return step - 1
        _again(person, client, flow)
    raise AssertionError(f"{flow.__name__} never ended")


def _again(person: Any, client: Any, flow: Flow) -> None:
    """What a person does: the same again, and once more when an older mail came late. It has to end well."""
    for last in (False, False, True):
        try:
            flow(person, client)
        except (Gone, TimeoutError):
            if last:
                raise
            person.world.server.wait()
        else:
            return


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        arm()
        main()

"""Rows about a primary that is gone and a standby that takes its place."""

import time
from contextlib import closing

import httpx
from result import Result
from scene import loaded, still_alive
from world import World


def failover(runs: int) -> Result:
    """kill -9 of the primary, the synchronous standby is promoted: nothing that was acknowledged is lost."""
    total = Result("F8", "kill -9 of the primary, synchronous standby promoted", runs)
    for _ in range(runs):
        with loaded(settle=4, standby="sync") as scene:
            world = scene.world
            world.proxy.fault.refuse = False
            scene.slowest = _promote(world)
            # Without a standby of its own the new primary must not wait for one.
            world.standby.configure(synchronous_standby_names="''")
            world.standby.reload()
            world.settle(3)
            total = _fenced(world, _summed(total, scene.measured("F8", "", 1)))
    return total


def standby_gone(runs: int, seconds: float = 8) -> Result:
    """Nobody confirms what is written, so nothing is acknowledged; what was, is on the standby when it takes over."""
    with loaded(standby="sync") as scene:
        world = scene.world
        for _ in range(runs):
            world.replication.fault.refuse = True
            world.replication.cut()
            world.settle(seconds)
            assert httpx.get(f"{world.server.url}/health", timeout=2).status_code == 200
            world.replication.heal()
            world.primary.wait_for_standby("sync")
            scene.recovered()
        world.settle(1)
        world.quiet()
        _promote(world)
        world.standby.configure(synchronous_standby_names="''")
        world.standby.reload()
        fault = f"synchronous standby out of reach for {seconds:g} s; later it takes over"
        return scene.measured("F10", fault, runs, "writes wait, and are refused; nothing acknowledged is missing")


def async_failover(runs: int) -> Result:
    """The standby is behind: what it lacks is lost, so a restored epoch must end every session (rule 11)."""
    total = Result("F9", "kill -9 of the primary, lagging standby promoted, then `db restored`", runs)
    for _ in range(runs):
        with closing(World(standby="async")) as world:
            world.load()
            world.settle(3)
            world.replication.fault.hold = True
            world.settle(2)
            began = time.monotonic()
            world.quiet()
            world.replication.cut()
            took = _promote(world)
            world.cli("db", "restored")
            alive = still_alive(world)
            figures = world.book.since(began)
            total.requests += figures.requests
            total.recovery = max(total.recovery, took)
            total.violations += [f"I4 {alive} sessions of before still answer"] if alive else []
            names = set(world.database.sql("SELECT username FROM users").split())
            lost = sum(entry.who not in names for entry in world.book.of("register"))
            total.notes = (
                f"{lost} acknowledged registrations lost (asynchronous replication); {alive} old sessions live"
            )
    return total


def _fenced(world: World, total: Result) -> Result:
    """F11: the old primary comes back; nobody writes to it."""
    world.primary.configure(synchronous_standby_names="''")
    world.primary.start()
    before = world.primary.sql("SELECT count(*) FROM audit_events")
    world.load(2)
    world.settle(2)
    world.quiet()
    if world.primary.sql("SELECT count(*) FROM audit_events") != before:
        total.violations.append("F11 something was written to the old primary")
    total.notes = "the old primary came back and got no write (F11)"
    return total


def _promote(world: World) -> float:
    began = time.monotonic()
    world.primary.kill()
    world.standby.thaw()
    world.standby.promote()
    world.proxy.target = world.standby.port
    world.proxy.cut()
    world.server.wait()
    return time.monotonic() - began


def _summed(total: Result, one: Result) -> Result:
    total.requests += one.requests
    total.errors += one.errors
    total.gap, total.recovery = max(total.gap, one.gap), max(total.recovery, one.recovery)
    total.violations += one.violations
    return total

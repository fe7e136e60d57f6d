"""Rows about the network between the server and PostgreSQL."""

from collections.abc import Callable

from result import Result
from scene import repeated
from world import World


def lost_commit_reply(runs: int) -> Result:
    """Answers of the database are held back, then the connections are cut: nobody knows what was committed."""

    def breaks(world: World) -> None:
        world.proxy.fault.hold_answers = True
        world.settle(0.4)
        world.proxy.cut(reset=True)
        world.proxy.heal()

    return repeated("F12", "connections cut between COMMIT and its answer", breaks, runs, between=1.0)


def _network(number: str, fault: str, begin: Callable[[World], None], seconds: float, runs: int) -> Result:
    def breaks(world: World) -> None:
        begin(world)
        world.settle(seconds)
        world.proxy.heal()
        world.proxy.cut()

    return repeated(number, fault, breaks, runs)


def link_down(runs: int) -> Result:
    def begin(world: World) -> None:
        world.proxy.fault.refuse = True
        world.proxy.cut(reset=True)

    return _network("F15", "network to PostgreSQL down for 5 s (RST, refused)", begin, 5, runs)


def black_hole(runs: int) -> Result:
    def begin(world: World) -> None:
        world.proxy.fault.hold = True

    return _network("F16", "network to PostgreSQL swallows everything for 10 s", begin, 10, runs)


def slow_link(runs: int) -> Result:
    def begin(world: World) -> None:
        world.proxy.fault.delay, world.proxy.fault.jitter = 0.2, 0.1

    return _network("F17", "+200 ms, ±100 ms to PostgreSQL for 10 s", begin, 10, runs)


def thin_link(runs: int) -> Result:
    def begin(world: World) -> None:
        world.proxy.fault.rate = 8_000

    return _network("F18", "8 KB/s to PostgreSQL for 10 s", begin, 10, runs)

"""Rows about the network between the server and PostgreSQL."""

from collections.abc import Callable

from environment import Environment
from result import Result
from scenario import repeat_fault


def lost_commit_reply(runs: int) -> Result:
    """F12: connections are cut while the database's answers are held back: the server cannot tell what committed."""

    def inject(environment: Environment) -> None:
        environment.proxy.fault.hold_answers = True
        environment.settle(0.4)
        environment.proxy.cut(reset=True)
        environment.proxy.heal()

    return repeat_fault("F12", "connections cut between COMMIT and its answer", inject, runs, between=1.0)


def _network(number: str, fault: str, begin: Callable[[Environment], None], seconds: float, runs: int) -> Result:
    """Apply the fault that `begin` switches on for `seconds`, heal and cut all connections, `runs` times."""

    def inject(environment: Environment) -> None:
        begin(environment)
        environment.settle(seconds)
        environment.proxy.heal()
        environment.proxy.cut()

    return repeat_fault(number, fault, inject, runs)


def link_down(runs: int) -> Result:
    def begin(environment: Environment) -> None:
        environment.proxy.fault.refuse = True
        environment.proxy.cut(reset=True)

    return _network("F15", "network to PostgreSQL down for 5 s (RST, refused)", begin, 5, runs)


def black_hole(runs: int) -> Result:
    def begin(environment: Environment) -> None:
        environment.proxy.fault.hold = True

    return _network("F16", "network to PostgreSQL swallows everything for 10 s", begin, 10, runs)


def slow_link(runs: int) -> Result:
    def begin(environment: Environment) -> None:
        environment.proxy.fault.delay, environment.proxy.fault.jitter = 0.2, 0.1

    return _network("F17", "+200 ms, ±100 ms to PostgreSQL for 10 s", begin, 10, runs)


def thin_link(runs: int) -> Result:
    def begin(environment: Environment) -> None:
        environment.proxy.fault.rate = 8_000

    return _network("F18", "8 KB/s to PostgreSQL for 10 s", begin, 10, runs)

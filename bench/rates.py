"""Rates on every engine, and beside each of them what it cost: p50, p99, errors, CPU of the server and the database."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import engines
import server
from cpu import seconds_of_trees
from engines import Engine, Filling
from load import Outcome, Request, drive
from population import Population
from report import Rate
from requests_of import cookie_requests, login_request, refresh_request
from scenarios import Bench
from server import CHECKOUT, Build, Process

PORT = 18_440


@dataclass(frozen=True)
class Load:
    """A kind of request. `once`: each is used up by its first answer; `settings`: of the server that answers it."""

    requests: Callable[[Population], list[Request]]
    once: bool = False
    settings: tuple[tuple[str, str], ...] = ()


CACHE_OFF = (("SESSION_CACHE_MIB", "0"),)
HOT = 1_000
LOADS = {
    "session check, cached": Load(lambda people: cookie_requests(people.cookies[:HOT])),
    "session check, cache off": Load(lambda people: cookie_requests(people.cookies), settings=CACHE_OFF),
    "refresh": Load(lambda people: [refresh_request(token) for token in people.refresh_tokens], once=True),
    "login": Load(lambda people: [login_request(n) for n in range(min(5_000, people.users))]),
}


@dataclass(frozen=True)
class Sample:
    """One measurement: what the load generator saw, and the CPU seconds of the server and of PostgreSQL meanwhile."""

    outcome: Outcome
    server: float
    database: float

    @property
    def server_us(self) -> float:
        return self.server / max(1, self.outcome.answers) * 1e6

    @property
    def database_us(self) -> float:
        return self.database / max(1, self.outcome.answers) * 1e6


class Runner:
    """A server on an engine under one load; it remembers which of the requests that work once are used up."""

    def __init__(self, engine: Engine, process: Process, load: Load) -> None:
        self._trees = [process.process.pid, *([engine.postgres.pid] if engine.postgres else [])]
        self._port = process.port
        self._once = load.once
        self._requests = load.requests(engine.people)
        self._offset = 0

    def sample(self, seconds: float, connections: int = 32) -> Sample:
        before = seconds_of_trees(self._trees)
        outcome = drive(self._port, self._requests, seconds, connections, self._offset)
        after = seconds_of_trees(self._trees)
        if self._once:
            self._offset += outcome.used
        spent = [end - begin for begin, end in zip(before, after, strict=True)]
        return Sample(outcome, spent[0], spent[1] if len(spent) > 1 else 0.0)


@contextmanager
def serving(engine: Engine, port: int, folder: Path, load: Load, build: Build = CHECKOUT) -> Iterator[Process]:
    """Run a server on an engine, with what this load needs."""
    process = server.vestibule(engine.url, port, folder, engine.workers, build, **dict(load.settings))
    try:
        yield process
    finally:
        process.stop()


def combined(name: str, engine: Engine, samples: list[Sample]) -> Rate:
    """Return the row of a table: medians, the sum of errors, and CPU per answer over all samples."""
    outcomes = [sample.outcome for sample in samples]
    answers = max(1, sum(outcome.answers for outcome in outcomes))
    return Rate(
        load=name,
        engine=engine.title,
        rate=median(outcome.rate for outcome in outcomes),
        p50_ms=median(outcome.p50 for outcome in outcomes) / 1000,
        p99_ms=median(outcome.p99 for outcome in outcomes) / 1000,
        errors=sum(outcome.errors for outcome in outcomes),
        server_us=sum(sample.server for sample in samples) / answers * 1e6,
        database_us=sum(sample.database for sample in samples) / answers * 1e6 if engine.postgres else None,
    )


def measure(bench: Bench) -> list[Rate]:
    """Measure every load on every engine. All engines take turns, so that a slow minute affects all of them alike."""
    effort, rates = bench.effort, []
    with engines.servers(bench.folder) as started:
        filled = engines.every(Filling(effort.users, effort.sessions, bench.folder), started)
        for name, load in LOADS.items():
            print(f"  {name} ...", file=sys.stderr, flush=True)
            samples = _in_turns(filled, load, bench)
            rates += [combined(name, engine, samples[engine.title]) for engine in filled]
    return rates


def _in_turns(filled: list[Engine], load: Load, bench: Bench) -> dict[str, list[Sample]]:
    with ExitStack() as stack:
        runners = {}
        for number, engine in enumerate(filled):
            process = stack.enter_context(serving(engine, PORT + number, bench.folder, load))
            runners[engine.title] = Runner(engine, process, load)
        for runner in runners.values():
            runner.sample(1)
        rounds = [
            {title: runner.sample(bench.effort.seconds) for title, runner in runners.items()}
            for _ in range(bench.effort.repeats)
        ]
    return {title: [one[title] for one in rounds] for title in runners}

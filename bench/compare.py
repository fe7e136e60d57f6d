"""`make bench ARGS="--compare REF"`: the checkout beside another commit, in pairs that alternate."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles

import builds
import rates
from engines import Engine, Filling
from load import AGENT, Request
from postgres import Postgres
from rates import LOADS, Load, Runner
from scenarios import Effort
from server import CHECKOUT, Build

PAIRS = 5
NOTABLE = 0.05  # a twentieth
_HEAD = "| engine | load | what | checkout / reference | spread | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Change:
    """The checkout's figure over the reference's: median of the paired ratios, and their interquartile range."""

    ratio: float
    spread: float

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, float]]) -> "Change":
        """Compare pairs of (reference, checkout); pairs in which one of the two is 0 say nothing."""
        ratios = [checkout / reference for reference, checkout in pairs if reference and checkout]
        if len(ratios) < 2:
            return cls(ratios[0] if ratios else 1.0, 0.0)
        low, _, high = quantiles(ratios, n=4, method="inclusive")
        return cls(median(ratios), high - low)

    def flag(self, *, despite_noise: bool = False) -> str:
        """Return CHANGED for a change of 5% that is not noise, else an empty text. `despite_noise` is for what hardly
        depends on what else the machine does.
        """
        certain = despite_noise or self.spread < NOTABLE
        return "CHANGED" if abs(self.ratio - 1) >= NOTABLE - 1e-9 and certain else ""


def statements(log: str) -> int:
    """Return how many statements PostgreSQL's log names with log_statement = all."""
    return sum("LOG:  statement: " in line or "LOG:  execute " in line for line in log.splitlines())


def flag_statements(reference: float, checkout: float) -> str:
    """Return CHANGED where a request takes another number of statements; less than a third is work beside it."""
    return "CHANGED" if abs(reference - checkout) > 1 / 3 else ""


def run(ref: str, effort: Effort, folder: Path, *, only: Sequence[str] = ()) -> list[str]:
    """Compare and return the lines of a table."""
    (folder / "server").mkdir()
    postgres, lines = Postgres(folder / "server"), [_HEAD]
    try:
        with builds.commit(ref, folder) as reference:
            for name, sides in _engines(effort, folder, postgres, reference):
                for title in only or LOADS:
                    print(f"{name}: {title} ...", file=sys.stderr, flush=True)
                    for change in _compared(sides, LOADS[title], effort, folder):
                        lines.append(f"| {name} | {title} {change}")
                        print(lines[-1], file=sys.stderr, flush=True)
    finally:
        postgres.close()
    return lines


Sides = dict[Build, Engine]


def _engines(effort: Effort, folder: Path, postgres: Postgres, reference: Build) -> Iterator[tuple[str, Sides]]:
    fillings = {build: Filling(effort.users, effort.sessions, folder, build) for build in (reference, CHECKOUT)}
    for analysed in (False, True):
        sides = {build: filling.postgres(postgres, "wheel", analysed=analysed) for build, filling in fillings.items()}
        yield sides[CHECKOUT].title, sides
    sides = {build: filling.sqlite(2) for build, filling in fillings.items()}
    yield sides[CHECKOUT].title, sides


def _compared(sides: Sides, load: Load, effort: Effort, folder: Path) -> Iterator[str]:
    with _runners(sides, load, folder) as runners:
        for runner in runners:
            runner.sample(1)
        pairs = []
        for number in range(PAIRS):
            turn = runners if number % 2 == 0 else runners[::-1]
            samples = [runner.sample(effort.seconds) for runner in turn]
            pairs.append(samples if number % 2 == 0 else samples[::-1])
    rate = Change.of([(a.outcome.rate, b.outcome.rate) for a, b in pairs])
    yield f"| rate | {rate.ratio:.3f} | {rate.spread:.3f} | {rate.flag()} |"
    cpu = Change.of([(a.server_us + a.database_us, b.server_us + b.database_us) for a, b in pairs])
    yield f"| CPU per request | {cpu.ratio:.3f} | {cpu.spread:.3f} | {cpu.flag(despite_noise=True)} |"
    if all(engine.postgres for engine in sides.values()):
        before, now = (_counted(engine, build, load, folder) for build, engine in sides.items())
        yield f"| statements per request | {now:.1f} of {before:.1f} | | {flag_statements(before, now)} |"


@contextmanager
def _runners(sides: Sides, load: Load, folder: Path) -> Iterator[list[Runner]]:
    (first, one), (second, other) = sides.items()
    with (
        rates.serving(one, rates.PORT, folder, load, first) as a,
        rates.serving(other, rates.PORT + 1, folder, load, second) as b,
    ):
        yield [Runner(one, a, load), Runner(other, b, load)]


def _counted(engine: Engine, build: Build, load: Load, folder: Path) -> float:
    """Count the statements of single requests, ten at a time; the median leaves out work beside them."""
    postgres, name = engine.postgres, engine.url.partition("?")[0].rpartition("/")[2]
    postgres.psql(f"ALTER DATABASE {name} SET log_statement = 'all'")
    requests = load.requests(engine.people)[-60:]
    with rates.serving(engine, rates.PORT, folder, load, build) as process:
        counts = []
        for start in range(0, len(requests), 10):
            begin = postgres.log.stat().st_size
            _send(process.port, requests[start : start + 10])
            counts.append(statements(postgres.log.read_bytes()[begin:].decode(errors="replace")) / 10)
    postgres.psql(f"ALTER DATABASE {name} RESET log_statement")
    return median(counts[1:])


def _send(port: int, requests: Sequence[Request]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    for request in requests:
        headers = {"User-Agent": AGENT} | ({"Content-Type": "application/json"} if request.body else {})
        name, _, value = request.header.partition(": ")
        connection.request(
            request.method, request.path, request.body or None, headers | ({name: value} if name else {})
        )
        connection.getresponse().read()
    connection.close()

"""`make bench ARGS=--scale`: more workers and more instances on one PostgreSQL, and what limits them."""

import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

import psutil

import load
import saturation
from cpu import seconds_of_trees
from load import Outcome, Request, drive
from rates import LOADS, PORT, Load
from saturation import Use
from scenarios import Bench
from server import Process

MEASURED = ("session check, cached", "refresh")  # both with the default settings, so the same servers do
CONNECTIONS = 96  # over all instances, and so many that chance hardly shares them out unevenly
INSTANCES = (1, 2, 3)
HEAD = "| load | instances x workers | /s | of 1 x 1 | errors | largest share | | saturated |\n" + "|---" * 8 + "|"


def workers_here(cores: int) -> list[int]:
    """Return the numbers of workers to measure: 1 and 2, and 4 and 8 on a machine with as many cores."""
    return [workers for workers in (1, 2, 4, 8) if workers <= max(2, cores)]


@dataclass(frozen=True)
class Sample:
    """One measurement: an outcome for each instance, CPU seconds of each worker, and those of everybody."""

    outcomes: list[Outcome]
    workers: list[float]
    use: Use

    @property
    def rate(self) -> float:
        return sum(outcome.rate for outcome in self.outcomes)


class Fleet:
    """Instances that run, under one load that is spread over them. Requests that work once are used up."""

    def __init__(self, instances: list[Process], requests: list[Request], bench: Bench, *, once: bool) -> None:
        self._instances = instances
        self._requests = [requests[number :: len(instances)] for number in range(len(instances))]
        self._used = [0] * len(instances)
        self._once = once
        self._workers = [worker.pid for instance in instances for worker in instance.workers()]
        self._roots = [bench.postgres.pid, *(instance.process.pid for instance in instances)]

    def sample(self, seconds: float) -> Sample:
        workers, began, spent = seconds_of_trees(self._workers), time.perf_counter(), self._seconds()
        outcomes = self._drive(seconds)
        elapsed, now = time.perf_counter() - began, self._seconds()
        database, server, generator, all_of_them = (after - before for before, after in zip(spent, now, strict=True))
        if self._once:
            self._used = [used + outcome.used for used, outcome in zip(self._used, outcomes, strict=True)]
        others = max(0.0, all_of_them - database - server - generator)
        by_worker = [after - before for before, after in zip(workers, seconds_of_trees(self._workers), strict=True)]
        return Sample(outcomes, by_worker, Use(elapsed, server, database, generator, others))

    def _seconds(self) -> tuple[float, float, float, float]:
        """Return CPU seconds so far: of PostgreSQL, the servers, the programs that generated load, the machine."""
        database, *servers = seconds_of_trees(self._roots)
        ended, machine = resource.getrusage(resource.RUSAGE_CHILDREN), psutil.cpu_times()
        busy = machine.user + machine.nice + machine.system + machine.softirq + machine.steal
        return database, sum(servers), ended.ru_utime + ended.ru_stime, busy

    def _drive(self, seconds: float) -> list[Outcome]:
        connections = CONNECTIONS // len(self._instances)
        with ThreadPoolExecutor(len(self._instances)) as pool:
            driven = [
                pool.submit(drive, instance.port, requests, seconds, connections, used)
                for instance, requests, used in zip(self._instances, self._requests, self._used, strict=True)
            ]
            return [one.result() for one in driven]


def row(name: str, shape: tuple[int, int], samples: list[Sample], single: float, cores: int) -> str:
    """Return a row of the table, medians over the samples. `shape`: instances and workers of each; `single`: the rate
    of one instance with one worker, or 0.
    """
    instances, workers = shape
    rate = median(sample.rate for sample in samples)
    by_worker = [sum(parts) for parts in zip(*(sample.workers for sample in samples), strict=True)]
    middle = sorted(samples, key=lambda sample: sample.rate)[len(samples) // 2]
    errors = sum(outcome.errors for sample in samples for outcome in sample.outcomes)
    limit = saturation.saturated(middle.use, workers=instances * workers, threads=instances * load.THREADS, cores=cores)
    cells = [
        name, f"{instances} x {workers}", f"{rate:,.0f}", f"{rate / single:.2f}" if single else "", f"{errors}",
        f"{max(saturation.shares(by_worker)):.2f}", "UNFAIR" if saturation.unfair(by_worker) else "",
        f"{limit} ({', '.join(f'{busy:.1f}' for busy in middle.use.cores().values())})",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def run(bench: Bench) -> Iterator[str]:
    """Measure each shape, and yield the lines of a table as they are there."""
    cores = len(os.sched_getaffinity(0))
    yield HEAD
    single: dict[str, float] = {}
    for shape in [(instances, workers) for instances in INSTANCES for workers in workers_here(cores)]:
        bench.people = bench.fill(bench.effort.users, bench.effort.sessions)
        with _running(bench, shape) as instances:
            for name in MEASURED:
                print(f"{shape[0]} x {shape[1]}: {name} ...", file=sys.stderr, flush=True)
                samples = _samples(bench, LOADS[name], instances)
                single.setdefault(name, median(sample.rate for sample in samples))
                yield row(name, shape, samples, single[name], cores)


@contextmanager
def _running(bench: Bench, shape: tuple[int, int]) -> Iterator[list[Process]]:
    instances, workers = shape
    with ExitStack() as stack:
        yield [stack.enter_context(bench.serving(PORT + number, workers)) for number in range(instances)]


def _samples(bench: Bench, kind: Load, instances: list[Process]) -> list[Sample]:
    fleet = Fleet(instances, kind.requests(bench.people), bench, once=kind.once)
    fleet.sample(1)
    return [fleet.sample(bench.effort.seconds) for _ in range(bench.effort.repeats)]

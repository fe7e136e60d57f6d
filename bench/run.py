"""Speed, memory and start time as ratios against references that are measured in the same run.

Usage: make bench [ARGS="--quick"]. One command starts PostgreSQL and everything else; all of it stays on loopback.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import compare
import history
import machine
import rates
import report
import scale
import stopping
import uncached
from load import need_wrk
from postgres import Postgres
from report import Row
from scenarios import Bench, Effort

QUICK = Effort(seconds=2, repeats=1, users=10_000, sessions=30_000, races=2_000, sizes=(1_000, 10_000))
FULL = Effort(
    seconds=5, repeats=3, users=100_000, sessions=200_000, races=100_000, sizes=(1_000, 10_000, 100_000, 1_000_000)
)
# What a run measures, in this order; `--only` names some of them.
PARTS: dict[str, Callable[[Bench], Sequence[Row]]] = {
    "start": Bench.start,
    "check": Bench.check,
    "uncached": uncached.figures,
    "refresh": Bench.refresh,
    "hashes": Bench.hashes,
    "latency": Bench.latency,
    "sqlite": Bench.sqlite,
    "sizes": Bench.sizes,
    "costs": Bench.costs,
    "races": Bench.races,
    "rates": rates.measure,
}


def parts(bench: Bench, names: Sequence[str]) -> list[Row]:
    """Measure these parts one after the other, and show the rows of each as soon as they are there."""
    rows: list[Row] = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        measured = PARTS[name](bench)
        print("\n".join(row.row() for row in measured), file=sys.stderr, flush=True)
        rows += measured
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short, to see that it runs; nothing is kept")
    parser.add_argument("--only", default="", help="parts between commas, instead of all; nothing is kept")
    parser.add_argument("--compare", metavar="REF", help="compare this checkout with a commit; nothing is kept")
    parser.add_argument("--scale", action="store_true", help="more workers and instances; nothing is kept")
    options = parser.parse_args()
    stopping.stop_on_sigterm()
    need_wrk()
    only = [part for part in options.only.split(",") if part]
    if options.compare:
        with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
            effort = QUICK if options.quick else FULL
            print("\n".join(compare.run(options.compare, effort, Path(folder), only=only)))
        return
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
        postgres = Postgres(Path(folder))
        try:
            bench = Bench(QUICK if options.quick else FULL, Path(folder), postgres)
            if options.scale:
                for line in scale.run(bench):
                    print(line, flush=True)
                return
            rows = parts(bench, only or list(PARTS))
            described = machine.described(postgres.version())
        finally:
            postgres.close()
    print("\n\n".join(filter(None, [report.figures_table(rows), report.rates_table(rows)])))
    if not options.quick and not options.only:
        report.write(rows, described)
        history.append(rows)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}\n{error.stderr or ''}")

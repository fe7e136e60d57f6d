"""Speed, memory and start time as ratios against references that are measured in the same run.

Usage: make bench [ARGS="--quick"]. One command starts PostgreSQL and everything else; all of it stays on loopback.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import machine
import report
from load import need_wrk
from postgres import Postgres
from scenarios import Bench, Effort

QUICK = Effort(seconds=2, repeats=1, users=10_000, sessions=20_000, races=2_000, sizes=(1_000, 10_000))
FULL = Effort(
    seconds=5, repeats=3, users=100_000, sessions=200_000, races=100_000, sizes=(1_000, 10_000, 100_000, 1_000_000)
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short, to see that it runs; nothing is kept")
    parser.add_argument("--only", default="", help="parts between commas, instead of all; nothing is kept")
    options = parser.parse_args()
    need_wrk()
    effort = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
        postgres = Postgres(Path(folder))
        try:
            bench = Bench(effort, Path(folder), postgres)
            figures = bench.run([part for part in options.only.split(",") if part])
            described = machine.described(postgres.version())
        finally:
            postgres.close()
    print(report.table(figures))
    if not options.quick and not options.only:
        report.write(figures, described)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}\n{error.stderr or ''}")

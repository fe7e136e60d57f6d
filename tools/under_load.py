"""The whole suite three times in a row, with every core kept busy beside it: a test that depends on time fails.

Usage: make test-under-load; docs/acceptance/under-load.md gets the result. ARGS=FOLDER runs a part and records nothing.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import results

RUNS = 3
ABOUT = "The whole suite three times in a row, with a CPU-bound process running beside it on each core."
HEAD = "| run | passed | failed | minutes | seconds of CPU |\n|---|---|---|---|---|\n"
# It ends with the process that started it, also when that one is killed.
_SPIN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    sum(range(1_000_000))"


@dataclass(frozen=True)
class Outcome:
    """One run: its exit code, how many tests passed, the names of those that did not, and how long it took.

    `cpu_seconds`: what all its processes computed, in user and system time.
    """

    code: int
    passed: int
    failed: Sequence[str]
    minutes: float
    cpu_seconds: float


@contextmanager
def busy(cores: int) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Keep this many cores busy."""
    spinning = [subprocess.Popen([sys.executable, "-c", _SPIN, str(os.getpid())]) for _ in range(cores)]
    try:
        yield spinning
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def once(command: Sequence[str], report: Path) -> Outcome:
    """Run a command that writes a report of its tests in the form of JUnit."""
    report.unlink(missing_ok=True)
    begun, used = time.monotonic(), _cpu_seconds()
    code = subprocess.run(command, cwd=results.ROOT, check=False).returncode
    minutes = (time.monotonic() - begun) / 60
    cases = list(ET.parse(report).iter("testcase")) if report.exists() else []
    # A test whose fixture fails after it has its name in the report twice.
    failed = {f"{case.get('classname')}.{case.get('name')}" for case in cases if len(case)}
    passed = {f"{case.get('classname')}.{case.get('name')}" for case in cases} - failed
    return Outcome(code, len(passed), sorted(failed), minutes, _cpu_seconds() - used)


def _cpu_seconds() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def table(outcomes: Sequence[Outcome]) -> str:
    """Return what came of the runs, and the names of what failed in any of them."""
    rows = (
        f"| {n} | {one.passed} | {_failed(one)} | {one.minutes:.0f} | {one.cpu_seconds:.0f} |\n"
        for n, one in enumerate(outcomes, start=1)
    )
    names = sorted({name for one in outcomes for name in one.failed})
    return HEAD + "".join(rows) + ("\n" if names else "") + "".join(f"- `{name}`\n" for name in names)


def _failed(one: Outcome) -> str:
    return str(len(one.failed)) if one.failed or one.code == 0 else f"stopped with exit code {one.code}"


def main() -> int:
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, busy(cores):
        report = Path(folder) / "results.xml"
        command = ["make", "test", f"ARGS={' '.join([*sys.argv[1:], f'--junitxml={report}'])}"]
        outcomes = [once(command, report) for _ in range(RUNS)]
    if len(sys.argv) == 1:
        line = f"{results.ran('make test-under-load')} Cores, and busy processes: {cores}."
        results.write("under-load", "Under load", ABOUT, line, table(outcomes))
    print(table(outcomes))
    return int(any(one.code for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())

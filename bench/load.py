"""Generates load with wrk: keep-alive connections, and requests from a prepared file."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

THREADS = 2
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_SCRIPT = Path(__file__).parent / "wrk.lua"


@dataclass(frozen=True)
class Request:
    """A prepared request. A body is sent as JSON, unless a header has another type; ` | ` separates headers."""

    method: str
    path: str
    header: str = ""
    body: str = ""

    def line(self) -> str:
        return f"{self.method}\t{self.path}\t{self.header}\t{self.body}\n"


@dataclass(frozen=True)
class Outcome:
    """The result of a load: answers per second and in all, without those that refuse; median and 99th percentile in
    microseconds; requests that were refused or failed; requests used up.
    """

    rate: float
    answers: int
    p50: float
    p99: float
    errors: int
    used: int


def need_wrk() -> None:
    """Install wrk where that is possible; otherwise fail with a message that names the package."""
    if shutil.which("wrk") is None:
        subprocess.run(["sh", "tools/packages.sh", "wrk"], check=True)


def drive(port: int, requests: list[Request], seconds: float, connections: int = 32, offset: int = 0) -> Outcome:
    """Send these requests for this many seconds. `offset` skips some, for requests that work only once."""
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        file.writelines(request.line() for request in requests[offset:])
        file.flush()
        command = ["wrk", "-t", str(THREADS), "-c", str(connections), "-d", f"{seconds:g}s", "--timeout", "20s"]
        command += ["-s", str(_SCRIPT), f"http://127.0.0.1:{port}/"]
        environment = {**os.environ, "BENCH_REQUESTS": file.name, "BENCH_THREADS": str(THREADS), "BENCH_AGENT": AGENT}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if result["refused"] or result["failed"]:
        print(f"  {result['refused']} refused, {result['failed']} failed of {result['requests']}", file=sys.stderr)
    answers = result["requests"] - result["refused"]
    return Outcome(
        rate=answers / result["microseconds"] * 1e6,
        answers=answers,
        p50=result["p50"],
        p99=result["p99"],
        errors=result["refused"] + result["failed"],
        used=result["most"] * THREADS,
    )

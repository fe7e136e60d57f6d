"""Start time, memory per worker, and speed as ratios against references measured in the same run.

Usage: make bench [ARGS="--database-url postgresql://… --workers 2 --seconds 5"]. Loopback only.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from argon2 import PasswordHasher
from load import Load, request

READY = "worker_ready"
MEMORY_BUDGET_MIB = 75
START_BUDGET_SECONDS = 1.0
REPEATS = 3
CONNECTIONS = 16
PORT = 18_431


@dataclass
class Server:
    process: subprocess.Popen[str]
    start_seconds: float

    def worker_memory_mib(self) -> list[float]:
        children = psutil.Process(self.process.pid).children(recursive=True)
        sizes = [child.memory_info().rss / 2**20 for child in children]
        return sorted(size for size in sizes if size > 20)  # multiprocessing's own helper is smaller


def start(folder: str, workers: int, database_url: str) -> Server:
    """A second start (migrated and seeded) of the product as users start it, until its workers are ready."""
    command = [sys.executable, "-m", "vestibule", "dev", "--port", str(PORT), "--data-dir", folder]
    command += ["--workers", str(workers), "--database-url", database_url]
    generous = {"VESTIBULE_LIMIT_LOGIN_ADDRESS": "1000000/1m", "VESTIBULE_LIMIT_LOGIN_GLOBAL": "1000000/1m"}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, **generous}
    )
    assert process.stderr is not None
    waiting = workers
    for line in process.stderr:
        waiting -= READY in line
        if waiting == 0:
            break
    seconds = time.perf_counter() - began
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return Server(process, seconds)


async def measure(seconds: float) -> dict[str, float]:
    """Requests per second of each scenario, medians of interleaved repeats."""
    body = json.dumps({"credential": "Demo-lition", "password": "password"}).encode()
    answer = await request(PORT, "POST", "/api/auth/login", body)
    tokens = json.loads(answer)
    bearer = f"Authorization: Bearer {tokens['accessToken']}"
    scenarios: dict[str, Callable[[], Load]] = {
        "constant answer (/health)": lambda: Load(PORT, "GET", "/health"),
        "session check (bearer)": lambda: Load(PORT, "GET", "/api/auth/profile", header=bearer),
        "anonymous session": lambda: Load(PORT, "GET", "/api/session"),
        "login (own hash)": lambda: Load(PORT, "POST", "/api/auth/login", body=body, connections=4),
    }
    rates: dict[str, list[float]] = {name: [] for name in scenarios}
    for _ in range(REPEATS):
        for name, make in scenarios.items():
            rates[name].append(await make().run(seconds, CONNECTIONS))
    return {name: median(values) for name, values in rates.items()}


def raw_hashes_per_second(seconds: float) -> float:
    """The ceiling of logins: verifications on one core, times the cores."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    stored = hasher.hash("password")
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        hasher.verify(stored, "password")
        done += 1
    return done / (time.perf_counter() - began) * (os.cpu_count() or 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database_url = options.database_url or f"sqlite:///{Path(folder) / 'bench.db'}"
        first = start(folder, options.workers, database_url)
        first.process.terminate()
        first.process.wait()
        server = start(folder, options.workers, database_url)
        try:
            idle = server.worker_memory_mib()
            rates = asyncio.run(measure(options.seconds))
            loaded = server.worker_memory_mib()
        finally:
            server.process.terminate()
            server.process.wait()
    report(server.start_seconds, idle, loaded, rates, raw_hashes_per_second(options.seconds))


def report(start_seconds: float, idle: list[float], loaded: list[float], rates: dict[str, float], raw: float) -> None:
    reference = rates["constant answer (/health)"]
    print(f"start until ready   {start_seconds:6.2f} s     budget {START_BUDGET_SECONDS} s (second start)")
    print(f"memory, idle        {max(idle):6.1f} MiB   budget {MEMORY_BUDGET_MIB} MiB per worker")
    print(f"memory, loaded      {max(loaded):6.1f} MiB")
    for name, rate in rates.items():
        against = (
            f"{rate / raw:5.2f} of the raw hash" if "login" in name else f"{rate / reference:5.2f} of the constant"
        )
        print(f"{name:<28}{rate:9.0f} /s   {against}")


if __name__ == "__main__":
    main()

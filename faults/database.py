"""Rows about a PostgreSQL that is killed, restarted, frozen, out of connections or out of disk space."""

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx

from environment import Environment
from result import Result
from scenario import repeat_fault, under_load


def kill_database(runs: int) -> Result:
    def inject(environment: Environment) -> None:
        environment.primary.kill()
        environment.settle(1)
        environment.primary.start()

    return repeat_fault("F4", "kill -9 of PostgreSQL, started after 1 s", inject, runs)


def restart_database(runs: int) -> Result:
    return repeat_fault(
        "F5", "PostgreSQL restarted at once (immediate)", lambda environment: environment.primary.restart(), runs
    )


def end_connections(runs: int) -> Result:
    sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
    return repeat_fault("F6", "every database connection ended", lambda environment: environment.primary.sql(sql), runs)


def freeze_database(runs: int, seconds: float = 12) -> Result:
    """F7: PostgreSQL is frozen, so connections neither answer nor close: only time limits end the waits.

    /health keeps answering, and the number of threads must not grow.
    """
    with under_load() as scenario:
        environment = scenario.environment
        threads = 0
        for _ in range(runs):
            environment.primary.freeze()
            environment.settle(seconds)
            health = httpx.get(f"{environment.server.url}/health", timeout=2).status_code
            threads = max([threads, *(p.num_threads() for p in environment.server.worker_processes())])
            environment.primary.thaw()
            scenario.wait_until_recovered()
            assert health == 200
        notes = f"health 200 meanwhile, at most {threads} threads"
        return scenario.result("F7", f"PostgreSQL frozen (SIGSTOP) for {seconds:g} s", runs, notes)


def no_connections_left(runs: int) -> Result:
    with under_load() as scenario:
        environment = scenario.environment
        for _ in range(runs):
            command = [sys.executable, "-c", _HOARD, environment.primary.url, "60"]
            hoarder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            hoarder.stdout.readline()
            environment.proxy.cut()
            environment.settle(3)
            assert httpx.get(f"{environment.server.url}/health", timeout=2).status_code == 200
            hoarder.kill()
            hoarder.wait()
            scenario.wait_until_recovered()
        return scenario.result("F13", "all of PostgreSQL's connections taken by others", runs)


_HOARD = """
import asyncio, sys, asyncpg
async def main():
    connections = []
    for _ in range(int(sys.argv[2])):
        try:
            connections.append(await asyncpg.connect(sys.argv[1]))
        except Exception:
            break
    print("held", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def exhausted_pool(runs: int) -> Result:
    """F14: a lock on the users' table keeps every connection of the pool busy."""
    with under_load(16) as scenario:
        environment = scenario.environment
        for _ in range(runs):
            lock = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(8); COMMIT"
            holder = threading.Thread(target=environment.primary.sql, args=(lock,))
            holder.start()
            environment.settle(4)
            assert httpx.get(f"{environment.server.url}/health", timeout=2).status_code == 200
            holder.join()
            scenario.wait_until_recovered()
        return scenario.result("F14", "pool exhausted: the users' table locked for 8 s", runs)


def full_disk(runs: int) -> Result:
    """F19: PostgreSQL runs on a file system of its own, which is filled up."""
    folder = Path("/tmp/vestibule-faults-disk")
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=220m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        return Result("F19", "disk full (needs the right to mount a file system)", 0, notes="not run here")
    try:
        return _full_disk(folder, runs)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _full_disk(folder: Path, runs: int) -> Result:
    with under_load(data=folder) as scenario:
        environment = scenario.environment
        for _ in range(runs):
            ballast = folder / "ballast"
            _fill(ballast)
            environment.settle(6)
            assert httpx.get(f"{environment.server.url}/health", timeout=2).status_code == 200
            ballast.unlink(missing_ok=True)
            if not environment.primary.processes():
                environment.primary.start()
            scenario.wait_until_recovered(3)
        return scenario.result("F19", "disk of PostgreSQL full (data and WAL) for 6 s", runs)


def _fill(path: Path) -> None:
    """Write zeros to this file until the file system is full."""
    with suppress(OSError), path.open("wb") as file:
        while True:
            file.write(b"\0" * 65_536)
            file.flush()

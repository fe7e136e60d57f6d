"""Rows about PostgreSQL: killed, frozen, failed over, full."""

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
from result import Result
from scene import loaded, repeated
from world import World


def kill_database(runs: int) -> Result:
    def breaks(world: World) -> None:
        world.primary.kill()
        world.settle(1)
        world.primary.start()

    return repeated("F4", "kill -9 of PostgreSQL, started after 1 s", breaks, runs)


def restart_database(runs: int) -> Result:
    return repeated("F5", "PostgreSQL restarted at once (immediate)", lambda w: w.primary.restart(), runs)


def end_connections(runs: int) -> Result:
    sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
    return repeated("F6", "every database connection ended", lambda w: w.primary.sql(sql), runs)


def freeze_database(runs: int, seconds: float = 12) -> Result:
    """Nothing answers, nothing is closed: time limits have to do it, and the process must not grow."""
    with loaded() as scene:
        world = scene.world
        threads = 0
        for _ in range(runs):
            world.primary.freeze()
            world.settle(seconds)
            health = httpx.get(f"{world.server.url}/health", timeout=2).status_code
            threads = max([threads, *(p.num_threads() for p in world.server.worker_processes())])
            world.primary.thaw()
            scene.recovered()
            assert health == 200
        notes = f"health 200 meanwhile, at most {threads} threads"
        return scene.measured("F7", f"PostgreSQL frozen (SIGSTOP) for {seconds:g} s", runs, notes)


def no_connections_left(runs: int) -> Result:
    with loaded() as scene:
        world = scene.world
        for _ in range(runs):
            command = [sys.executable, "-c", _HOARD, world.primary.url, "60"]
            hoarder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            hoarder.stdout.readline()
            world.proxy.cut()
            world.settle(3)
            assert httpx.get(f"{world.server.url}/health", timeout=2).status_code == 200
            hoarder.kill()
            hoarder.wait()
            scene.recovered()
        return scene.measured("F13", "all of PostgreSQL's connections taken by others", runs)


_HOARD = """
import asyncio, sys, asyncpg
async def main():
    held = []
    for _ in range(int(sys.argv[2])):
        try:
            held.append(await asyncpg.connect(sys.argv[1]))
        except Exception:
            break
    print("held", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def exhausted_pool(runs: int) -> Result:
    """A lock on the users' table keeps every connection of the pool busy."""
    with loaded(16) as scene:
        world = scene.world
        for _ in range(runs):
            lock = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(8); COMMIT"
            holder = threading.Thread(target=world.primary.sql, args=(lock,))
            holder.start()
            world.settle(4)
            assert httpx.get(f"{world.server.url}/health", timeout=2).status_code == 200
            holder.join()
            scene.recovered()
        return scene.measured("F14", "pool exhausted: the users' table locked for 8 s", runs)


def full_disk(runs: int) -> Result:
    """PostgreSQL on a file system of its own that is filled up."""
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
    with loaded(data=folder) as scene:
        world = scene.world
        for _ in range(runs):
            ballast = folder / "ballast"
            _fill(ballast)
            world.settle(6)
            assert httpx.get(f"{world.server.url}/health", timeout=2).status_code == 200
            ballast.unlink(missing_ok=True)
            if not world.primary.processes():
                world.primary.start()
            scene.recovered(3)
        return scene.measured("F19", "disk of PostgreSQL full (data and WAL) for 6 s", runs)


def _fill(path: Path) -> None:
    """Until there is no room."""
    with suppress(OSError), path.open("wb") as file:
        while True:
            file.write(b"\0" * 65_536)
            file.flush()

"""Rows about a machine that gives too little: processor, files, a worker that stands still, a file database that is
killed with its process.
"""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import httpx
import psutil
from result import Result
from scene import Scene, loaded, repeated, still_alive
from world import World


def starved(runs: int, seconds: float = 8) -> Result:
    """Four processes for each core that do nothing but count."""

    def breaks(world: World) -> None:
        command = [sys.executable, "-c", "while True: pass"]
        busy = [subprocess.Popen(command) for _ in range(4 * (os.cpu_count() or 1))]
        world.settle(seconds)
        for process in busy:
            process.kill()
            process.wait()

    return repeated("F22", f"processor taken by four busy processes a core for {seconds:g} s", breaks, runs)


def no_files_left(runs: int, connections: int = 300) -> Result:
    """Idle connections take every file that a worker may open; nobody sends a request on them."""
    with loaded() as scene:
        world = scene.world
        for _ in range(runs):
            limits = [(process, process.rlimit(psutil.RLIMIT_NOFILE)) for process in world.server.worker_processes()]
            for process, (_, hard) in limits:
                process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + 20, hard))
            with ExitStack() as held:
                for _ in range(connections):
                    held.enter_context(socket.create_connection(("127.0.0.1", world.server.port), timeout=5))
                world.settle(5)
            for process, before in limits:
                process.rlimit(psutil.RLIMIT_NOFILE, before)
            scene.recovered()
        return scene.measured("F20", f"no file left to open: {connections} idle connections for 5 s", runs)


def frozen_worker(runs: int, seconds: float = 8) -> Result:
    """One worker stands still, and wakes up with what it remembered: nothing that was ended meanwhile may count."""
    with loaded() as scene:
        world, alive = scene.world, 0
        for _ in range(runs):
            sleeper = world.server.worker_processes()[0]
            sleeper.suspend()
            world.settle(seconds)
            sleeper.resume()
            alive += still_alive(world)
            scene.recovered()
        result = scene.measured("F34", f"one of 2 workers frozen (SIGSTOP) for {seconds:g} s", runs)
        result.violations += [f"I4 {alive} ended sessions answered when it woke up"] if alive else []
        result.notes = f"{alive} ended sessions answered when it woke up"
        return result


def kill_on_sqlite(runs: int) -> Result:
    """The embedded default loses its process in the middle of writing."""
    with loaded(embedded=True) as scene:
        world = scene.world
        for _ in range(runs):
            world.server.kill()
            world.server.start()
            scene.recovered()
        intact = world.primary.is_intact()
        result = scene.measured("F32", "SQLite: kill -9 of the server and all its workers, started again", runs)
        result.violations += [] if intact else ["the file is damaged"]
        result.notes = "integrity_check: ok" if intact else "integrity_check found damage"
        return result


def lookup_gone(runs: int) -> Result:
    """The lookup of stolen passwords takes connections and says nothing, then is gone: people still register."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with loaded(BREACHED_LOOKUP=address) as scene:
            for _ in range(runs):
                scene.world.settle(6)
            silent.close()
            scene.world.settle(3)
            assert httpx.get(f"{scene.world.server.url}/health", timeout=2).status_code == 200
            # What it was before, it was while everybody waited for the lookup: with full load it compares to nothing.
            scene.world.quiet()
            return _with_registrations(scene, runs)


def _with_registrations(scene: Scene, runs: int) -> Result:
    made = [entry for entry in scene.world.book.of("register") if entry.at >= scene.began]
    result = scene.measured("F24", "lookup of stolen passwords silent for 6 s, then gone", runs)
    result.notes = f"{len(made)} people registered meanwhile"
    result.violations += [] if made else ["nobody could register"]
    return result

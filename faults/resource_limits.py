"""Rows about scarce resources: processor, file descriptors, a frozen worker, killed SQLite, a lookup that hangs."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import httpx
import psutil

from environment import Environment
from result import Result
from scenario import Scenario, count_accepted_ended_sessions, repeat_fault, under_load


def starved(runs: int, seconds: float = 8) -> Result:
    """F22: four busy processes for each core take the processor for `seconds`."""

    def inject(environment: Environment) -> None:
        command = [sys.executable, "-c", "while True: pass"]
        busy = [subprocess.Popen(command) for _ in range(4 * (os.cpu_count() or 1))]
        environment.settle(seconds)
        for process in busy:
            process.kill()
            process.wait()

    return repeat_fault("F22", f"processor taken by four busy processes a core for {seconds:g} s", inject, runs)


def no_files_left(runs: int, connections: int = 300) -> Result:
    """F20: idle connections, which never send a request, take every file descriptor that a worker may open."""
    with under_load() as scenario:
        environment = scenario.environment
        for _ in range(runs):
            limits = [
                (process, process.rlimit(psutil.RLIMIT_NOFILE)) for process in environment.server.worker_processes()
            ]
            for process, (_, hard) in limits:
                process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + 20, hard))
            with ExitStack() as opened:
                for _ in range(connections):
                    opened.enter_context(socket.create_connection(("127.0.0.1", environment.server.port), timeout=5))
                environment.settle(5)
            for process, before in limits:
                process.rlimit(psutil.RLIMIT_NOFILE, before)
            scenario.wait_until_recovered()
        return scenario.result("F20", f"no file left to open: {connections} idle connections for 5 s", runs)


def frozen_worker(runs: int, seconds: float = 8) -> Result:
    """F34: one worker is frozen and resumes with stale caches; it must accept no session that was ended meanwhile."""
    with under_load() as scenario:
        environment, alive = scenario.environment, 0
        for _ in range(runs):
            frozen = environment.server.worker_processes()[0]
            frozen.suspend()
            environment.settle(seconds)
            frozen.resume()
            alive += count_accepted_ended_sessions(environment)
            scenario.wait_until_recovered()
        result = scenario.result("F34", f"one of 2 workers frozen (SIGSTOP) for {seconds:g} s", runs)
        result.violations += [f"I4 {alive} ended sessions answered when it woke up"] if alive else []
        result.notes = f"{alive} ended sessions answered when it woke up"
        return result


def kill_on_sqlite(runs: int) -> Result:
    """F32: the server is killed while it writes to SQLite, the default database; the file stays intact."""
    with under_load(embedded=True) as scenario:
        environment = scenario.environment
        for _ in range(runs):
            environment.server.kill()
            environment.server.start()
            scenario.wait_until_recovered()
        intact = environment.primary.is_intact()
        result = scenario.result("F32", "SQLite: kill -9 of the server and all its workers, started again", runs)
        result.violations += [] if intact else ["the file is damaged"]
        result.notes = "integrity_check: ok" if intact else "integrity_check found damage"
        return result


def kill_writers_on_sqlite(runs: int) -> Result:
    """F38: one of two workers that write the same file in turns is killed, again and again; the other one goes on."""
    with under_load(embedded=True) as scenario:
        environment = scenario.environment
        for _ in range(runs):
            environment.server.worker_processes()[0].kill()
            scenario.wait_until_recovered(1)
        intact = environment.primary.is_intact()
        result = scenario.result("F38", "SQLite: kill -9 of one of 2 workers, which take turns to write", runs)
        result.violations += [] if intact else ["the file is damaged"]
        result.notes = "integrity_check: ok" if intact else "integrity_check found damage"
        return result


def lookup_gone(runs: int) -> Result:
    """F24: the lookup of stolen passwords accepts connections but never answers, then is gone; users still register."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with under_load(BREACHED_LOOKUP=address, OUTBOUND_NETWORKS="127.0.0.1/32") as scenario:
            for _ in range(runs):
                scenario.environment.settle(6)
            silent.close()
            scenario.environment.settle(3)
            assert httpx.get(f"{scenario.environment.server.url}/health", timeout=2).status_code == 200
            # The resources before were measured while all clients waited for the lookup: full load is not comparable.
            scenario.environment.stop_clients()
            return _result_with_registrations(scenario, runs)


def _result_with_registrations(scenario: Scenario, runs: int) -> Result:
    registered = [
        entry for entry in scenario.environment.history.entries_of("register") if entry.began >= scenario.began
    ]
    result = scenario.result("F24", "lookup of stolen passwords silent for 6 s, then gone", runs)
    result.notes = f"{len(registered)} people registered meanwhile"
    result.violations += [] if registered else ["no user could register"]
    return result

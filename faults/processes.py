"""Rows about Vestibule's own processes: killed, restarted, flooded."""

import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx

from environment import Environment, Server
from history import PASSWORD
from result import Result
from scenario import Scenario, repeat_fault, under_load


def kill_worker(runs: int) -> Result:
    def inject(environment: Environment) -> None:
        workers = environment.server.worker_processes()
        if workers:
            workers[0].kill()

    return repeat_fault("F1", "kill -9 of one of 2 workers", inject, runs)


def kill_server(runs: int) -> Result:
    def inject(environment: Environment) -> None:
        environment.server.kill()
        environment.server.start()

    return repeat_fault("F2", "kill -9 of the server and all its workers, started again", inject, runs)


def kill_parent(runs: int) -> Result:
    def inject(environment: Environment) -> None:
        environment.server.kill_parent()
        environment.server.start()

    return repeat_fault("F35", "kill -9 of the parent alone: its workers end, it is started again", inject, runs)


def rolling_restart(runs: int) -> Result:
    """F3: two instances behind nginx are stopped with SIGTERM and started again, one after the other."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from programs import nginx

    with closing(Environment()) as environment:
        other = Server(environment).start()
        folder = environment.folder / "nginx"
        folder.mkdir()
        with nginx(folder, [environment.server.port, other.port]) as port:
            environment.load(urls=[f"http://127.0.0.1:{port}"])
            environment.settle(2)
            scenario = Scenario(environment)
            for _ in range(runs):
                for server in (environment.server, other):
                    server.stop()
                    server.start()
                    environment.settle(1)
            fault = "SIGTERM, rolling restart of 2 instances behind nginx"
            result = scenario.result("F3", fault, runs)
        lost = [entry for entry in environment.history.entries if entry.outcome == "unknown"]
        statuses = Counter(f"{entry.action} {entry.status or 'no answer'}" for entry in lost)
        result.notes = ", ".join(f"{count} x {label}" for label, count in statuses.items())
        other.stop()
        return result


def hash_flood(runs: int) -> Result:
    """F21: five hundred concurrent sign-ins with unknown accounts."""
    with under_load(2) as scenario:
        environment = scenario.environment
        statuses, peak = [], 0.0
        for _ in range(runs):
            threads = [
                threading.Thread(target=_sign_in_as_unknown, args=(environment.server.url, n, statuses))
                for n in range(500)
            ]
            for thread in threads:
                thread.start()
            assert httpx.get(f"{environment.server.url}/health", timeout=20).status_code == 200
            peak = max(peak, environment.server.resources()[0])
            for thread in threads:
                thread.join()
        share = sum(status in (429, 503) for status in statuses) / len(statuses)
        notes = f"{share:.0%} refused with 429 or 503, {peak:.0f} MiB at most per worker"
        return scenario.result("F21", "500 sign-ins at once (hash flood)", runs, notes)


def _sign_in_as_unknown(url: str, number: int, statuses: list[int]) -> None:
    body = {"email": f"unknown{number}@example.com", "password": PASSWORD}
    try:
        statuses.append(
            httpx.post(f"{url}/api/auth/login", json=body, timeout=60, headers={"Host": "localhost"}).status_code
        )
    except httpx.HTTPError:
        statuses.append(0)

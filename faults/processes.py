"""Rows about our own processes: killed, restarted, flooded."""

import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx
from book import PASSWORD
from result import Result
from scene import Scene, loaded, repeated
from world import Server, World


def kill_worker(runs: int) -> Result:
    def breaks(world: World) -> None:
        workers = world.server.worker_processes()
        if workers:
            workers[0].kill()

    return repeated("F1", "kill -9 of one of 2 workers", breaks, runs)


def kill_server(runs: int) -> Result:
    def breaks(world: World) -> None:
        world.server.kill()
        world.server.start()

    return repeated("F2", "kill -9 of the server and all its workers, started again", breaks, runs)


def kill_parent(runs: int) -> Result:
    def breaks(world: World) -> None:
        world.server.kill_parent()
        world.server.start()

    return repeated("F35", "kill -9 of the parent alone: its workers end, it is started again", breaks, runs)


def rolling_restart(runs: int) -> Result:
    """Two instances behind nginx, one after the other told to stop and started again."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from programs import nginx

    with closing(World()) as world:
        other = Server(world).start()
        folder = world.folder / "nginx"
        folder.mkdir()
        with nginx(folder, [world.server.port, other.port]) as port:
            world.load(urls=[f"http://127.0.0.1:{port}"])
            world.settle(2)
            scene = Scene(world)
            for _ in range(runs):
                for server in (world.server, other):
                    server.stop()
                    server.start()
                    world.settle(1)
            fault = "SIGTERM, rolling restart of 2 instances behind nginx"
            result = scene.measured("F3", fault, runs)
        lost = [entry for entry in world.book.entries if entry.outcome == "unknown"]
        statuses = Counter(f"{entry.action} {entry.status or 'no answer'}" for entry in lost)
        result.notes = ", ".join(f"{count} x {what}" for what, count in statuses.items())
        other.stop()
        return result


def hash_flood(runs: int) -> Result:
    """Five hundred sign-ins at once, of people who do not exist."""
    with loaded(2) as scene:
        world = scene.world
        statuses, peak = [], 0.0
        for _ in range(runs):
            threads = [threading.Thread(target=_guess, args=(world.server.url, n, statuses)) for n in range(500)]
            for thread in threads:
                thread.start()
            assert httpx.get(f"{world.server.url}/health", timeout=20).status_code == 200
            peak = max(peak, world.server.resources()[0])
            for thread in threads:
                thread.join()
        share = sum(status in (429, 503) for status in statuses) / len(statuses)
        notes = f"{share:.0%} refused with 429 or 503, {peak:.0f} MiB at most per worker"
        return scene.measured("F21", "500 sign-ins at once (hash flood)", runs, notes)


def _guess(url: str, number: int, statuses: list[int]) -> None:
    body = {"email": f"nobody{number}@example.com", "password": PASSWORD}
    try:
        statuses.append(
            httpx.post(f"{url}/api/auth/login", json=body, timeout=60, headers={"Host": "localhost"}).status_code
        )
    except httpx.HTTPError:
        statuses.append(0)

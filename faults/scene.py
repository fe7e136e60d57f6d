"""What the rows share: a system under load, and what is measured about a fault."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from resources import not_back, resources
from result import Result
from world import World


class Scene:
    """A world whose clients have been writing for a while; figures count from here on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before = resources(world)
        self.began = time.monotonic()
        self.slowest = 0.0

    def recovered(self, settle: float = 2) -> None:
        """Wait until the server is ready again, and give it a moment."""
        self.slowest = max(self.slowest, self.world.server.wait())
        self.world.settle(settle)

    def measured(self, number: str, fault: str, runs: int, notes: str = "") -> Result:
        """The row: the verdict on every invariant, and how it went."""
        figures = self.world.book.since(self.began)
        found = not_back(self.world, self.before) + self.world.verdict()
        return Result(number, fault, runs, figures.requests, figures.errors, figures.gap, self.slowest, notes, found)


@contextmanager
def loaded(clients: int = 6, *, settle: float = 2, **made: Any) -> Iterator[Scene]:
    """A server with two workers, its database, and clients that keep a book."""
    world = World(**made)
    try:
        world.load(clients)
        world.settle(settle)
        yield Scene(world)
    finally:
        world.close()


def repeated(number: str, fault: str, breaks: Callable[[World], None], runs: int, *, between: float = 2.0) -> Result:
    """Break it, let it mend, break it again."""
    with loaded() as scene:
        for _ in range(runs):
            breaks(scene.world)
            scene.recovered(between)
        return scene.measured(number, fault, runs)


def still_alive(world: World) -> int:
    """How many of the sessions that were ended, as far as the book knows, still answer."""
    tokens = [entry.facts["ended"] for entry in world.book.entries if "ended" in entry.facts][-200:]
    with httpx.Client(headers={"Host": "localhost"}, timeout=20) as http:
        return sum(
            http.get(f"{world.server.url}/api/auth/profile", headers={"Authorization": f"Bearer {token}"}).status_code
            == 200
            for token in tokens
        )

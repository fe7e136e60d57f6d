"""Who is at its limit under a load, and how evenly the workers share it. Pure functions of CPU seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

FULL = 0.9  # of the CPU time that it could have had: what is left are pauses between requests
FAIR = 1.3


@dataclass(frozen=True)
class Use:
    """CPU seconds within `elapsed` seconds: of all server processes, PostgreSQL, the load generator, and everything
    else on the machine.
    """

    elapsed: float
    server: float
    database: float
    generator: float
    others: float = 0.0

    def cores(self) -> dict[str, float]:
        """Return how many cores each of them kept busy, by name."""
        named = {
            "server CPU": self.server,
            "database CPU": self.database,
            "load generator": self.generator,
            "other processes": self.others,
        }
        return {name: seconds / self.elapsed for name, seconds in named.items()}


def saturated(use: Use, *, workers: int, threads: int, cores: int) -> str:
    """Return what limits a rate. A worker or a thread of the load generator takes one core at most, PostgreSQL all.
    Who has all that it can take is the limit; where only the machine is full, that is who takes most of it; else none.
    """
    busy = use.cores()
    room = {"load generator": min(threads, cores), "server CPU": min(workers, cores), "database CPU": cores}
    for name, most in room.items():
        if busy[name] >= FULL * most:
            return name
    return max(busy, key=lambda name: busy[name]) if sum(busy.values()) >= FULL * cores else "none"


def shares(parts: Sequence[float]) -> list[float]:
    """Return each part over its fair share, the mean: 1.0 for all where they are equal, or where all are 0."""
    total = sum(parts)
    return [part * len(parts) / total if total else 1.0 for part in parts]


def unfair(parts: Sequence[float]) -> bool:
    """Tell whether one has more than 1.3 of its fair share."""
    return max(shares(parts), default=1.0) > FAIR + 1e-9

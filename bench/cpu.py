"""CPU time of trees of processes, read from /proc/PID/stat, so that it is known who did the work of a request."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stat:
    """One process: its id, its parent's, and its CPU time in ticks, including that of children that ended."""

    pid: int
    parent: int
    ticks: int


def parsed(line: str) -> Stat:
    """Read a line of /proc/PID/stat (proc(5)). The program's name may contain spaces and brackets."""
    pid, _, rest = line.partition(" (")
    fields = rest.rpartition(") ")[2].split()
    return Stat(int(pid), int(fields[1]), sum(int(ticks) for ticks in fields[11:15]))


def ticks_of_tree(root: int, stats: Iterable[Stat]) -> int:
    """Return the ticks of a process and all its descendants. What a child that ended used has gone to its parent."""
    by_parent: dict[int, list[Stat]] = {}
    own = 0
    for stat in stats:
        by_parent.setdefault(stat.parent, []).append(stat)
        own += stat.ticks if stat.pid == root else 0
    waiting, total = [root], own
    while waiting:
        children = by_parent.get(waiting.pop(), [])
        total += sum(child.ticks for child in children)
        waiting += [child.pid for child in children]
    return total


def _stats() -> list[Stat]:
    read = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            read.append(parsed(path.read_text()))
        except OSError:  # it ended meanwhile
            continue
    return read


def seconds_of_trees(roots: Iterable[int]) -> list[float]:
    """Return the CPU seconds that each of these process trees has used so far."""
    stats = _stats()
    return [ticks_of_tree(root, stats) / _TICKS for root in roots]

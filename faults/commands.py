"""Rows about commands of the operator that die half way, and about what they are fed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

from result import Result
from scene import Scene, still_alive
from upkeep import rotation
from world import World

# Parts of the time that the command takes; the first third is Python's.
_MOMENTS = (0.35, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def kill_migration(runs: int) -> Result:
    """`db upgrade` of an empty schema is killed at many moments, then run to its end, beside a server under load."""
    with closing(World()) as world:
        world.load(2, pause=0.2)
        scene = Scene(world)
        wanted, died = _columns(world, "public"), 0
        for number in range(runs):
            whole = _seconds(world, "db", "upgrade", VESTIBULE_DATABASE_SCHEMA=f"whole{number}")
            for moment in _MOMENTS:
                schema = f"s{number}_{int(moment * 100)}"
                died += _killed(world, whole * moment, "db", "upgrade", VESTIBULE_DATABASE_SCHEMA=schema)
                world.cli("db", "upgrade", VESTIBULE_DATABASE_SCHEMA=schema)
                if _columns(world, schema) != wanted:
                    scene.world.book.leaks.append(f"the schema {schema} is another one")
        result = scene.measured("F26", "kill -9 of `db upgrade` at twelve moments, then run again", runs)
        result.notes = f"{died} of {runs * len(_MOMENTS)} died half way; each schema came out right"
        return result


def kill_rotation(runs: int) -> Result:
    """`keys rotate` and `secrets rotate` are killed at many moments under load, then run to their end."""
    died = 0

    def rotates(world: World, both: dict[str, str]) -> None:
        nonlocal died
        for command in (("keys", "rotate"), ("secrets", "rotate")):
            whole = _seconds(world, *command, **both)
            died += sum(_killed(world, whole * moment, *command, **both) for moment in _MOMENTS)
            world.cli(*command, **both)

    fault = "kill -9 of `keys rotate` and `secrets rotate` at twelve moments each"
    result = rotation("F28", fault, rotates, runs)
    result.notes = f"{died} died half way, {result.notes}"
    return result


def damaged_backup(runs: int) -> Result:
    """Half a backup is refused and changes nothing; a restore that is killed is run again."""
    with closing(World()) as world:
        world.load(4)
        world.settle(3)
        world.quiet()
        found, died = [], 0
        for number in range(runs):
            copy = world.folder / f"backup-{number}"
            world.cli("db", "backup", str(copy))
            half = world.folder / f"half-{number}"
            half.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
            world.server.stop()
            before = _people(world)
            found += [] if _refused(world, str(half)) else ["half a backup was restored"]
            found += [] if _people(world) == before else ["half a backup changed something"]
            restore = ("db", "restore", str(copy), "--yes")
            whole = _seconds(world, *restore)
            died += sum(_killed(world, whole * moment, *restore) for moment in _MOMENTS)
            took = _seconds(world, *restore)
            found += [] if _people(world) == before else ["the restored data is not what was backed up"]
            world.server.start()
            alive = still_alive(world)
            found += [f"I4 {alive} sessions of before the restore answer"] if alive else []
        requests = len(world.book.entries)
        notes = f"half a file: refused, nothing changed; {died} restores died half way; {alive} old sessions live"
        fault = "half a backup; kill -9 of `db restore` at twelve moments, then run again"
        return Result("F30", fault, runs, requests, 0, 0.0, took, notes, found)


def _seconds(world: World, *arguments: str, **more: str) -> float:
    """How long the command takes when nobody kills it."""
    began = time.monotonic()
    world.cli(*arguments, **more)
    return time.monotonic() - began


def _killed(world: World, moment: float, *arguments: str, **more: str) -> bool:
    """Whether it died; it may have been done by then."""
    environment = {**os.environ, **world.environment(), **world.path(), **more}
    command = [sys.executable, "-m", "vestibule", *arguments]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        # With the programs that it started, as when the machine loses its power.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode < 0


def _refused(world: World, path: str) -> bool:
    try:
        world.cli("db", "restore", path, "--yes")
    except RuntimeError:
        return True
    return False


def _people(world: World) -> str:
    return world.primary.sql("SELECT count(*), max(id) FROM users")


def _columns(world: World, schema: str) -> str:
    return world.primary.sql(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = '{schema}' ORDER BY 1, 2"
    )

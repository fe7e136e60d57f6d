"""Rows about mail, rotation, backups and the clock."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from result import Result
from scene import Scene, loaded, still_alive
from world import Server, World


def mail_down(runs: int) -> Result:
    """The provider is gone, slow, busy, and hangs up in the middle: every mail arrives in the end."""
    with loaded(4, settle=1) as scene:
        world = scene.world
        for _ in range(runs):
            world.post.stop()
            world.settle(3)
            world.post.start()
            for mood in ("busy", "tarpit", "dropping"):
                world.post.mood = mood
                world.settle(3)
            world.post.mood = "well"
        world.quiet()
        drained = world.drained(120)
        twice = len(world.post.subjects) - len({*world.post.subjects})
        notes = f"outbox drained in {drained:.1f} s, {twice} mails twice"
        return scene.measured("F23", "mail provider gone, 421, tarpit, hangs up in DATA", runs, notes)


def rotate_secrets(runs: int) -> Result:
    """Signing key and master secret are replaced as documented."""

    def rotates(world: World, both: dict[str, str]) -> None:
        world.cli("keys", "rotate", **both)
        world.cli("secrets", "rotate", **both)

    return rotation("F27", "master secret and signing key rotated under load", rotates, runs)


def rotation(number: str, fault: str, rotates: Callable[[World, dict[str, str]], None], runs: int) -> Result:
    """Secrets are replaced under load, by rolling restarts and by what `rotates` runs: nobody is signed out."""
    with closing(World()) as world:
        other = Server(world).start()
        world.load(4, [world.server.url, other.url], pause=0.05)
        world.settle(2)
        scene = Scene(world)
        old = world.environment()["VESTIBULE_SECRET_KEY"]
        for turn in range(runs):
            new = f"{turn}q7Zt4Lm9Rb3Yn6Hs5Jd1Pf0Gcw8Kx2V-rotated"
            for secret, accepted in ((old, new), (new, old)):
                both = {"VESTIBULE_SECRET_KEY": secret, "VESTIBULE_SECRET_KEY_ACCEPTED": accepted}
                for server in (world.server, other):
                    server.settings |= both
                    server.stop()
                    server.start()
            rotates(world, both)
            old = new
        signed_in = ("refresh", "profile", "change", "logout")
        refused = [e for e in world.book.entries if e.outcome == "fail" and e.action in signed_in]
        result = scene.measured(number, fault, runs)
        result.violations += [f"a valid token was refused: {e.action} {e.status}" for e in refused]
        result.notes = f"{len(refused)} valid tokens refused"
        other.stop()
        return result


def restore(runs: int) -> Result:
    """A backup under load, sign-outs after it, then the backup comes back: they stay signed out."""
    with closing(World()) as world:
        world.load(4)
        world.settle(2)
        before = world.book.since(0)
        for number in range(runs):
            copy = world.folder / f"backup-{number}"
            began = time.monotonic()
            world.cli("db", "backup", str(copy))
            backup_seconds = time.monotonic() - began
            during = world.book.since(began)
            world.settle(2)
            world.quiet()
            world.server.stop()
            began = time.monotonic()
            world.cli("db", "restore", str(copy), "--yes")
            restore_seconds = time.monotonic() - began
            world.server.start()
            alive = still_alive(world)
        found = [f"I4 {alive} sessions of before the restore answer"] if alive else []
        notes = (
            f"backup {backup_seconds:.1f} s, p99 {before.p99 * 1000:.0f} ms before and {during.p99 * 1000:.0f} ms during; "
            f"restore {restore_seconds:.1f} s; {alive} old sessions live"
        )
        fault = "backup under load, sign-outs, restore"
        return Result("F29, F31", fault, runs, before.requests, 0, 0.0, restore_seconds, notes, found)


def clock_jumps(runs: int) -> Result:
    """The server's clock is set forward and back by hours under load; monotonic time is left alone."""
    library = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
    if library is None:
        return Result("F33", "clock jumps (needs the package faketime)", 0, notes="not run here")
    with closing(World()) as world:
        offset = world.folder / "offset"
        offset.write_text("+0\n")
        world.server.stop()
        world.server.settings |= {
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        world.server.start()
        world.load(4)
        world.settle(2)
        scene = Scene(world)
        for _ in range(runs):
            for jump in ("+30", "-30", "+3600", "+0", "-3600", "+0"):
                offset.write_text(f"{jump}\n")
                world.settle(2)
        scene.recovered(0)
        return scene.measured("F33", "clock of the server ±30 s and ±1 h", runs)

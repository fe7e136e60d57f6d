"""Rows about email delivery, rotation of secrets, backups and the clock."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from environment import Environment, Server
from result import Result
from scenario import Scenario, count_accepted_ended_sessions, under_load


def mail_down(runs: int) -> Result:
    """F23: the mail provider is gone, busy, slow, and hangs up during DATA; every email arrives in the end."""
    with under_load(4, settle=1) as scenario:
        environment = scenario.environment
        for _ in range(runs):
            environment.smtp_server.stop()
            environment.settle(3)
            environment.smtp_server.start()
            for mode in ("busy", "tarpit", "dropping"):
                environment.smtp_server.mode = mode
                environment.settle(3)
            environment.smtp_server.mode = "normal"
        environment.stop_clients()
        drained = environment.wait_for_outbox(120)
        duplicates = len(environment.smtp_server.message_ids) - len({*environment.smtp_server.message_ids})
        notes = f"outbox drained in {drained:.1f} s, {duplicates} emails sent twice"
        return scenario.result("F23", "mail provider gone, 421, tarpit, hangs up in DATA", runs, notes)


def rotate_secrets(runs: int) -> Result:
    """F27: the signing key and the master secret are rotated as documented, under load."""

    def rotate(environment: Environment, secrets: dict[str, str]) -> None:
        environment.cli("keys", "rotate", **secrets)
        environment.cli("secrets", "rotate", **secrets)

    return rotation("F27", "master secret and signing key rotated under load", rotate, runs)


def rotation(number: str, fault: str, rotate: Callable[[Environment, dict[str, str]], None], runs: int) -> Result:
    """Rotate secrets under load: rolling restarts of two servers with the old and new secret, then `rotate`.

    `rotate` gets the environment and the variables with both secrets. A refused valid token is a violation: rotation
    must not sign any user out.
    """
    with closing(Environment()) as environment:
        other = Server(environment).start()
        environment.load(4, [environment.server.url, other.url], pause=0.05)
        environment.settle(2)
        scenario = Scenario(environment)
        old = environment.variables()["VESTIBULE_SECRET_KEY"]
        for turn in range(runs):
            new = f"{turn}q7Zt4Lm9Rb3Yn6Hs5Jd1Pf0Gcw8Kx2V-rotated"
            for secret, accepted in ((old, new), (new, old)):
                secrets = {"VESTIBULE_SECRET_KEY": secret, "VESTIBULE_SECRET_KEY_ACCEPTED": accepted}
                for server in (environment.server, other):
                    server.settings |= secrets
                    server.stop()
                    server.start()
            rotate(environment, secrets)
            old = new
        refused = environment.history.refused_sessions()
        result = scenario.result(number, fault, runs)
        result.violations += [f"a valid token was refused: {e.action} {e.status}" for e in refused]
        result.notes = f"{len(refused)} valid tokens refused"
        other.stop()
        return result


def restore(runs: int) -> Result:
    """F29, F31: a backup is made under load, users sign out, the backup is restored; their sessions stay ended."""
    with closing(Environment()) as environment:
        environment.load(4)
        environment.settle(2)
        before = environment.history.figures_since(0)
        for number in range(runs):
            copy = environment.folder / f"backup-{number}"
            began = time.monotonic()
            environment.cli("db", "backup", str(copy))
            backup_seconds = time.monotonic() - began
            during = environment.history.figures_since(began)
            environment.settle(2)
            environment.stop_clients()
            environment.server.stop()
            began = time.monotonic()
            environment.cli("db", "restore", str(copy), "--yes")
            restore_seconds = time.monotonic() - began
            environment.server.start()
            alive = count_accepted_ended_sessions(environment)
        violations = [f"I4 {alive} sessions of before the restore answer"] if alive else []
        notes = (
            f"backup {backup_seconds:.1f} s, p99 {before.p99 * 1000:.0f} ms before "
            f"and {during.p99 * 1000:.0f} ms during; restore {restore_seconds:.1f} s; {alive} old sessions live"
        )
        fault = "backup under load, sign-outs, restore"
        return Result("F29, F31", fault, runs, before.requests, 0, 0.0, restore_seconds, notes, violations)


def clock_jumps(runs: int) -> Result:
    """F33: the server's clock is set forward and back by up to an hour under load; monotonic time stays right."""
    library = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
    if library is None:
        return Result("F33", "clock jumps (needs the package faketime)", 0, notes="not run here")
    with closing(Environment()) as environment:
        offset = environment.folder / "offset"
        offset.write_text("+0\n")
        environment.server.stop()
        environment.server.settings |= {
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        environment.server.start()
        environment.load(4)
        environment.settle(2)
        scenario = Scenario(environment)
        for _ in range(runs):
            for jump in ("+30", "-30", "+3600", "+0", "-3600", "+0"):
                offset.write_text(f"{jump}\n")
                environment.settle(2)
        scenario.wait_until_recovered(0)
        return scenario.result("F33", "clock of the server ±30 s and ±1 h", runs)

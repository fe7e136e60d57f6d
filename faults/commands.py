"""Rows about operator commands that are killed half way, and about damaged input to them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

from environment import Environment
from maintenance import rotation
from result import Result
from scenario import Scenario, count_accepted_ended_sessions

# Fractions of the time that the command takes; the first third is the start of Python.
_MOMENTS = (0.35, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def kill_migration(runs: int) -> Result:
    """F26: `db upgrade` of an empty schema is killed at twelve moments, then run to its end, beside a loaded server."""
    with closing(Environment()) as environment:
        environment.load(2, pause=0.2)
        scenario = Scenario(environment)
        expected, died = _columns(environment, "public"), 0
        for number in range(runs):
            whole = _timed_command(environment, "db", "upgrade", VESTIBULE_DATABASE_SCHEMA=f"whole{number}")
            for moment in _MOMENTS:
                schema = f"s{number}_{int(moment * 100)}"
                died += _run_and_kill(environment, whole * moment, "db", "upgrade", VESTIBULE_DATABASE_SCHEMA=schema)
                environment.cli("db", "upgrade", VESTIBULE_DATABASE_SCHEMA=schema)
                if _columns(environment, schema) != expected:
                    scenario.environment.history.leaks.append(f"the schema {schema} differs from the expected one")
        result = scenario.result("F26", "kill -9 of `db upgrade` at twelve moments, then run again", runs)
        result.notes = f"{died} of {runs * len(_MOMENTS)} died half way; each schema came out right"
        return result


def kill_rotation(runs: int) -> Result:
    """F28: `keys rotate` and `secrets rotate` are killed at twelve moments each under load, then run to their end."""
    died = 0

    def rotate(environment: Environment, secrets: dict[str, str]) -> None:
        nonlocal died
        for command in (("keys", "rotate"), ("secrets", "rotate")):
            whole = _timed_command(environment, *command, **secrets)
            died += sum(_run_and_kill(environment, whole * moment, *command, **secrets) for moment in _MOMENTS)
            environment.cli(*command, **secrets)

    fault = "kill -9 of `keys rotate` and `secrets rotate` at twelve moments each"
    result = rotation("F28", fault, rotate, runs)
    result.notes = f"{died} died half way, {result.notes}"
    return result


def damaged_backup(runs: int) -> Result:
    """F30: half a backup is refused and changes nothing; a restore that was killed is run again to its end."""
    with closing(Environment()) as environment:
        environment.load(4)
        environment.settle(3)
        environment.stop_clients()
        violations, died = [], 0
        for number in range(runs):
            copy = environment.folder / f"backup-{number}"
            environment.cli("db", "backup", str(copy))
            half = environment.folder / f"half-{number}"
            half.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
            environment.server.stop()
            before = _users_summary(environment)
            violations += [] if _is_restore_refused(environment, str(half)) else ["half a backup was restored"]
            violations += [] if _users_summary(environment) == before else ["half a backup changed something"]
            restore = ("db", "restore", str(copy), "--yes")
            whole = _timed_command(environment, *restore)
            died += sum(_run_and_kill(environment, whole * moment, *restore) for moment in _MOMENTS)
            took = _timed_command(environment, *restore)
            restored = _users_summary(environment)
            violations += [] if restored == before else ["the restored data is not what was backed up"]
            environment.server.start()
            alive = count_accepted_ended_sessions(environment)
            violations += [f"I4 {alive} sessions of before the restore answer"] if alive else []
        requests = len(environment.history.entries)
        notes = f"half a file: refused, nothing changed; {died} restores died half way; {alive} old sessions live"
        fault = "half a backup; kill -9 of `db restore` at twelve moments, then run again"
        return Result("F30", fault, runs, requests, 0, 0.0, took, notes, violations)


def _timed_command(environment: Environment, *arguments: str, **extra_variables: str) -> float:
    """Run the command to its end and return the seconds that took."""
    began = time.monotonic()
    environment.cli(*arguments, **extra_variables)
    return time.monotonic() - began


def _run_and_kill(environment: Environment, moment: float, *arguments: str, **extra_variables: str) -> bool:
    """Start the command, kill it after `moment` seconds, and return whether that ended it: it may have been done."""
    variables = {**os.environ, **environment.variables(), **environment.path_variable(), **extra_variables}
    command = [sys.executable, "-m", "vestibule", *arguments]
    process = subprocess.Popen(
        command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        # The whole process group, with the programs that the command started: as when the machine loses power.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode < 0


def _is_restore_refused(environment: Environment, path: str) -> bool:
    """Return whether `db restore` refuses this file."""
    try:
        environment.cli("db", "restore", path, "--yes")
    except RuntimeError:
        return True
    return False


def _users_summary(environment: Environment) -> str:
    return environment.primary.sql("SELECT count(*), max(id) FROM users")


def _columns(environment: Environment, schema: str) -> str:
    return environment.primary.sql(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = '{schema}' ORDER BY 1, 2"
    )

"""Backup and restore by pg_dump, pg_restore and psql, limited to Vestibule's tables: the schema may have others too."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from vestibule.db import migrate
from vestibule.db.url import DatabaseUrl, libpq_environment


class BackupFailed(Exception):
    """A backup or restore failed and nothing was replaced; the text says why."""


def dump(url: DatabaseUrl, target: Path) -> None:
    """Dump Vestibule's tables to `target` in pg_dump's custom format. Raises BackupFailed."""
    tables = [f'--table="{url.schema}"."{name}"' for name in migrate.tables()]
    _tool("pg_dump", url, "--format=custom", *tables, "--no-owner", f"--file={target}")


def check(copy: Path) -> str:
    """Read every table of a copy and return its schema revision. Raises BackupFailed when it cannot be read."""
    listed = _run(["pg_restore", "--list", str(copy)], {})
    if "TABLE DATA" not in listed or "alembic_version" not in listed:
        raise BackupFailed(f"{copy} is no backup of Vestibule")
    rows = _run(["pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(copy)], {})
    _run(["pg_restore", f"--file={os.devnull}", str(copy)], {})
    lines = rows.splitlines()
    begin = next((n for n, line in enumerate(lines) if line.startswith("COPY ")), len(lines))
    if begin + 1 >= len(lines):
        raise BackupFailed(f"{copy} is no backup of Vestibule: it has no revision")
    return lines[begin + 1]


def load(url: DatabaseUrl, copy: Path) -> None:
    """Replace Vestibule's tables by those of a copy, in one transaction; tables that the copy lacks are dropped too.

    Raises BackupFailed and DatabaseUnavailable.
    """
    # First of all, so that a database that is out of reach or cannot hold every text keeps what it has.
    migrate.current(url)
    with tempfile.TemporaryDirectory(prefix="vestibule-restoring-") as folder:
        first, second = Path(folder) / "first.sql", Path(folder) / "second.sql"
        first.write_text(_make_room(url))
        _run(["pg_restore", "--no-owner", f"--file={second}", str(copy)], {})
        _tool(
            "psql",
            url,
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--file={first}",
            f"--file={second}",
        )


def _make_room(url: DatabaseUrl) -> str:
    tables = ", ".join(f'"{url.schema}"."{name}"' for name in migrate.tables())
    # Checked first, because CREATE SCHEMA IF NOT EXISTS needs the right to create even when the schema exists.
    return f"""DO $$ BEGIN
        IF to_regnamespace('"{url.schema}"') IS NULL THEN CREATE SCHEMA "{url.schema}"; END IF;
    END $$;
    DROP TABLE IF EXISTS {tables};"""


def _tool(name: str, url: DatabaseUrl, *arguments: str) -> None:
    """Run one of PostgreSQL's tools with the connection in its environment: every user of the machine could read a
    password in the process list.
    """
    _run([name, *arguments], libpq_environment(url))


def _run(command: list[str], environment: dict[str, str]) -> str:
    program = shutil.which(command[0])
    if program is None:
        raise BackupFailed(f"{command[0]} is not installed: it comes with PostgreSQL's client tools")
    found = subprocess.run(  # noqa: S603 - a fixed program; the arguments are a path and names that settings checked
        [program, *command[1:]], env=_inherited() | environment, capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise BackupFailed(f"{command[0]}: {found.stderr.strip()[:500]}")
    return found.stdout


def _inherited() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C"}

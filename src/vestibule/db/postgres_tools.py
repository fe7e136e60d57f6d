"""PostgreSQL's own tools, for copies of our tables: a schema may hold other people's tables beside them."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from vestibule.db import migrate
from vestibule.db.url import DatabaseUrl


class BackupFailed(Exception):
    """Nothing was replaced; the text says what was found."""


def dump(url: DatabaseUrl, target: Path) -> None:
    """Write our tables as they are now. Raises BackupFailed."""
    tables = [f'--table="{url.schema}"."{name}"' for name in migrate.tables()]
    _tool("pg_dump", url, "--format=custom", *tables, "--no-owner", f"--file={target}")


def check(copy: Path) -> str:
    """The schema revision of a copy where every table can be read. Raises BackupFailed."""
    listed = _run(["pg_restore", "--list", str(copy)], {})
    if "TABLE DATA" not in listed or "alembic_version" not in listed:
        raise BackupFailed(f"{copy} is no backup of Vestibule")
    rows = _run(["pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(copy)], {})
    _run(["pg_restore", f"--file={os.devnull}", str(copy)], {})
    lines = rows.splitlines()
    return next(lines[n + 1] for n, line in enumerate(lines) if line.startswith("COPY "))


def load(url: DatabaseUrl, copy: Path) -> None:
    """Replace our tables, those that the copy does not know too, in one transaction. Raises BackupFailed."""
    with tempfile.TemporaryDirectory(prefix="vestibule-restoring-") as folder:
        first, second = Path(folder) / "first.sql", Path(folder) / "second.sql"
        first.write_text(_make_room(url))
        _run(["pg_restore", "--no-owner", f"--file={second}", str(copy)], {})
        _tool("psql", url, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
              f"--file={first}", f"--file={second}")  # fmt: skip


def _make_room(url: DatabaseUrl) -> str:
    tables = ", ".join(f'"{url.schema}"."{name}"' for name in migrate.tables())
    # Asked first: CREATE SCHEMA IF NOT EXISTS needs the right to create even when there is nothing to do.
    return f"""DO $$ BEGIN
        IF to_regnamespace('"{url.schema}"') IS NULL THEN CREATE SCHEMA "{url.schema}"; END IF;
    END $$;
    DROP TABLE IF EXISTS {tables};"""


def _tool(name: str, url: DatabaseUrl, *arguments: str) -> None:
    """PostgreSQL's tools read the password from the environment: in the process list anybody could read it."""
    parts = urlsplit(url.text)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    given = {
        "PGHOST": query.get("host") or parts.hostname or "",
        "PGPORT": query.get("port") or str(parts.port or ""),
        "PGUSER": query.get("user") or parts.username or "",
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": parts.path.lstrip("/"),
        "PGSSLMODE": query.get("sslmode", ""),
        "PGSSLROOTCERT": query.get("sslrootcert", ""),
    }
    _run([name, *arguments], {key: value for key, value in given.items() if value})


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

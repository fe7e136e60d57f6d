"""bench/history.jsonl: one line for each whole run, so that a figure can be followed over commits."""

import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from report import Figure, Rate, Row

FILE = Path(__file__).parent / "history.jsonl"


def line(when: datetime, commit: str, rows: Sequence[Row]) -> str:
    """Return the line of one run. It says nothing about the machine: names and paths are not for the repository."""
    figures = {row.name: _rounded(row.value) for row in rows if isinstance(row, Figure)}
    rates = {f"{row.load}: {row.engine}": _costs(row) for row in rows if isinstance(row, Rate)}
    date = when.astimezone(UTC).isoformat(timespec="seconds")
    return json.dumps({"date": date, "commit": commit, "figures": figures, "rates": rates}) + "\n"


def append(rows: Sequence[Row], file: Path = FILE) -> None:
    """Append the line of a run that ended now."""
    with file.open("a") as lines:
        lines.write(line(datetime.now(UTC), _commit(), rows))


def _costs(row: Rate) -> dict[str, float | None]:
    numbers = {"rate": row.rate, "p50_ms": row.p50_ms, "p99_ms": row.p99_ms, "errors": row.errors}
    rounded: dict[str, float | None] = {name: _rounded(value) for name, value in numbers.items()}
    database = None if row.database_us is None else _rounded(row.database_us)
    return rounded | {"server_us": _rounded(row.server_us), "database_us": database}


def _rounded(value: float) -> float:
    """Four digits: more are noise, and make lines hard to compare."""
    return float(f"{value:.4g}")


def _commit() -> str:
    """Return the abbreviated commit, with a plus sign where files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=FILE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return described.stdout.strip()

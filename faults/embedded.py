"""SQLite, the default database, with the part of the interface of cluster.Postgres that the checks use."""

import sqlite3
from contextlib import closing
from pathlib import Path


class Embedded:
    """A SQLite file. It has no server process to break; faults hit the Vestibule process that writes the file."""

    port = 0

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    def sql(self, text: str) -> str:
        """Run a statement and return its rows as psql prints them: one per line, columns separated by bars."""
        with closing(sqlite3.connect(self._path, timeout=20)) as connection, connection:
            return "\n".join("|".join(map(str, row)) for row in connection.execute(text))

    def is_intact(self) -> bool:
        """Return whether SQLite's own check of the whole file finds no damage."""
        return self.sql("PRAGMA integrity_check") == "ok"

    def thaw(self) -> None:
        """Do nothing: a file cannot be frozen."""

    def stop(self, _: str = "") -> None:
        """Do nothing: no server process runs."""

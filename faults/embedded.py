"""The embedded default: one SQLite file, asked for the truth as the PostgreSQL of the other rows is."""

import sqlite3
from contextlib import closing
from pathlib import Path


class Embedded:
    """There is no server to break: what breaks is the process that holds the file."""

    port = 0

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    def sql(self, text: str) -> str:
        """As psql would print it: rows on lines, columns between bars."""
        with closing(sqlite3.connect(self._path, timeout=20)) as connection, connection:
            return "\n".join("|".join(map(str, row)) for row in connection.execute(text))

    def is_intact(self) -> bool:
        """SQLite's own check of the whole file."""
        return self.sql("PRAGMA integrity_check") == "ok"

    def thaw(self) -> None:
        """Nothing is frozen."""

    def stop(self, _: str = "") -> None:
        """Nothing runs."""

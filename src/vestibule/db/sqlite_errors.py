"""What errors of SQLite mean to callers of the engine, and to operators."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from vestibule.domain.errors import AlreadyExists, DatabaseUnavailable

T = TypeVar("T")

UNUSABLE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_WRITABLE = (
    "Name a file in a folder that the user who runs Vestibule can write to; `vestibule db upgrade` makes the file."
)
_REMEDIES = {
    **dict.fromkeys(UNUSABLE, _WRITABLE),
    sqlite3.SQLITE_NOTADB: "Name a file that Vestibule made: this one is no SQLite database.",
    sqlite3.SQLITE_CORRUPT: "Restore a backup: docs/backup.md.",
    sqlite3.SQLITE_FULL: "Make room on the disk.",
}


def guarded(work: Callable[[], T]) -> T:
    """Run `work` and return its result. Raises AlreadyExists when a unique constraint rejected a row, and
    DatabaseUnavailable for what is wrong with the file, the disk or a lock; errors in a statement stay as they are.
    """
    try:
        return work()
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}:
            raise AlreadyExists(str(error)) from error
        raise
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.ProgrammingError) or error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise
        raise unavailable(error) from error


def unavailable(error: sqlite3.Error | OSError) -> DatabaseUnavailable:
    """Return the error for callers: the file is locked, read-only, full, damaged or missing; it may be tried later."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & 0xFF
    return DatabaseUnavailable(retry_after=5, private=f"sqlite: {error}", remedy=_REMEDIES.get(code, ""))

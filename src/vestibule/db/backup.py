"""Backup and restore of the database, by SQLite's online backup or PostgreSQL's own tools; every copy is checked before
it is accepted.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from vestibule.db import postgres_tools
from vestibule.db.postgres_tools import BackupFailed
from vestibule.db.sqlite import file_uri
from vestibule.db.url import DatabaseUrl

_PAGES = 500
_PAUSE_SECONDS = 0.005
_HEAD_TABLE = "SELECT version_num FROM alembic_version"


def backup(url: DatabaseUrl, target: Path) -> None:
    """Write a consistent copy to `target` while the database is in use, and check it. Raises BackupFailed."""
    try:
        if target.exists():
            raise BackupFailed(f"{target} exists already")
        draft = target.with_name(target.name + ".part")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
    except OSError as error:
        raise BackupFailed(f"{target.parent} is no folder that can be written to ({error.strerror})") from error
    try:
        _copy_sqlite(url.path, draft) if url.dialect == "sqlite" else postgres_tools.dump(url, draft)
        check(url, draft)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    draft.replace(target)


def check(url: DatabaseUrl, copy: Path) -> str:
    """Read a copy from end to end and return its schema revision. Raises BackupFailed when it is damaged."""
    if not copy.is_file():
        raise BackupFailed(f"{copy} is no file")
    return _check_sqlite(copy) if url.dialect == "sqlite" else postgres_tools.check(copy)


def restore(url: DatabaseUrl, copy: Path) -> Path | None:
    """Replace the database by a copy. Returns the path of the previous database, if that was a file.

    No process may be connected. Raises BackupFailed or DatabaseUnavailable, and then nothing was changed.
    """
    check(url, copy)
    if url.dialect == "postgresql":
        postgres_tools.load(url, copy)
        return None
    try:
        return _put_back(url.path, copy)
    except OSError as error:
        raise BackupFailed(f"{error.filename or url.path}: {error.strerror}") from error


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupFailed(f"{source} is no file")
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy, pages=_PAGES, sleep=_PAUSE_SECONDS)
            # Without WAL the copy is one file that can be moved by itself.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BackupFailed(f"{source} cannot be copied ({error})") from error


def _check_sqlite(copy: Path) -> str:
    try:
        with closing(sqlite3.connect(file_uri(copy, "ro"), uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise BackupFailed(f"{copy} is damaged: {verdict}")
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupFailed(f"{copy} is damaged: rows point to rows that are missing")
            revision = connection.execute(_HEAD_TABLE).fetchone()
            if revision is None:
                raise BackupFailed(f"{copy} is no backup of Vestibule: it has no revision")
            return str(revision[0])
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{copy} is no backup of Vestibule ({error})") from error


def _put_back(path: Path, copy: Path) -> Path | None:
    before = path.with_name(path.name + ".before-restore")
    draft = path.with_name(path.name + ".restoring")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(copy, draft)
    draft.chmod(0o600)
    if path.exists():
        _claim(path)
        path.replace(before)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    draft.replace(path)
    return before if before.exists() else None


def _claim(path: Path) -> None:
    """Merge the WAL into the database file. Raises BackupFailed when another process has the file open."""
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                raise BackupFailed(f"{path} is in use: stop the server first")
    except sqlite3.OperationalError as error:
        raise BackupFailed(f"{path} is in use: stop the server first ({error})") from error
    except sqlite3.DatabaseError:
        return  # it is damaged, which may be why a copy is put back: there is nothing to merge

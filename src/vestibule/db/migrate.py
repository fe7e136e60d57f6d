"""Schema migrations, up and down. Only one process migrates at a time; others wait, then have nothing left to do.

Alembic and SQLAlchemy take a second to import, so they are imported only in the functions that need them: commands
with nothing to migrate start at once.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vestibule.db.migrations import HEAD
from vestibule.db.postgres_errors import check_encoding, translated, unavailable
from vestibule.db.sqlite_errors import unavailable as sqlite_unavailable
from vestibule.db.url import DatabaseUrl
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.schema_version import SchemaVersion

if TYPE_CHECKING:
    import asyncpg
    from alembic.config import Config
    from sqlalchemy import Connection

# An arbitrary but fixed number: every Vestibule process takes this advisory lock before it migrates.
_LOCK = 7_305_118_226
_SCRIPTS = Path(__file__).parent / "migrations"
_CONNECT_SECONDS = 10
_WRITE_SECONDS = 30


class UnknownRevision(Exception):
    """A revision that no migration of this version makes; the text names it."""


class NewerSchema(Exception):
    """The database has migrations of a newer release, which this code does not know. `version`: what it has."""

    def __init__(self, version: SchemaVersion) -> None:
        super().__init__(f"the schema is at revision {version.revision}, newer than {HEAD}")
        self.version = version


def upgrade(url: DatabaseUrl) -> None:
    """Migrate to the newest revision, creating the file or the PostgreSQL schema when it is missing. A newer schema
    that this code may use stays as it is.

    Raises DatabaseUnavailable, NewerSchema when this code may not use the schema, and UnknownRevision when another
    program has migrated the database.
    """
    from alembic import command

    def step(version: SchemaVersion, config: "Config") -> None:
        if version.serves(HEAD):
            return
        if version.is_newer_than(HEAD):
            raise NewerSchema(version)
        command.upgrade(config, "head")

    _run(url, step)


def downgrade(url: DatabaseUrl, revision: str) -> None:
    """Migrate back to a revision (`-1`: one step, `base`: an empty database). Drops data.

    Raises DatabaseUnavailable, NewerSchema and UnknownRevision.
    """
    from alembic import command

    def step(version: SchemaVersion, config: "Config") -> None:
        if version.is_newer_than(HEAD):
            raise NewerSchema(version)
        command.downgrade(config, revision)

    if current(url) is not None:
        _run(url, step)


def current(url: DatabaseUrl) -> str | None:
    """Return the revision of the database; None for an empty one. Raises DatabaseUnavailable."""
    if url.dialect == "sqlite" and not url.path.exists():
        return None
    found: list[SchemaVersion] = []
    _connect(url, lambda connection: found.append(_version(connection, url)))
    return found[0].revision


def tables() -> list[str]:
    """Return the names of all tables that any revision creates, `alembic_version` first."""
    from alembic.script import ScriptDirectory

    made = [script.module.TABLES for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()]
    return ["alembic_version", *(name for names in made for name in names)]


def _run(url: DatabaseUrl, step: "Callable[[SchemaVersion, Config], None]") -> None:
    from alembic.util import CommandError
    from sqlalchemy import text

    def locked(connection: "Connection") -> None:
        if url.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            # Checked first, because CREATE SCHEMA IF NOT EXISTS needs the right to create even when it exists.
            found = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": url.schema})
            if found.scalar() is None:
                connection.execute(text(f'CREATE SCHEMA "{url.schema}"'))
            connection.execute(text(f'SET search_path TO "{url.schema}"'))
        step(_version(connection, url), _config(connection, url))

    try:
        _connect(url, locked)
    except CommandError as error:
        raise UnknownRevision(str(error)) from error


def _config(connection: "Connection", url: DatabaseUrl) -> "Config":
    from alembic.config import Config

    config = Config()
    # The option is a template, in which a single % begins a placeholder.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["schema"] = url.schema
    return config


def _version(connection: "Connection", url: DatabaseUrl) -> SchemaVersion:
    revision = _only_value(connection, url, "alembic_version", "version_num")
    return SchemaVersion(revision, _only_value(connection, url, "schema_compatibility", "oldest_code"))


def _only_value(connection: "Connection", url: DatabaseUrl, name: str, column: str) -> str | None:
    from sqlalchemy import text

    table = f'"{url.schema}".{name}' if url.schema else name
    exists = f"SELECT 1 FROM sqlite_master WHERE name = '{name}'"  # noqa: S608 - names of ours
    if url.dialect == "postgresql":
        exists = f"SELECT to_regclass('{table}')"
    if connection.execute(text(exists)).scalar() is None:
        return None
    value = connection.execute(text(f"SELECT {column} FROM {table}")).scalar()  # noqa: S608 - names of ours
    return None if value is None else str(value)


def _connect(url: DatabaseUrl, work: "Callable[[Connection], None]") -> None:
    """Run `work` in a transaction. Raises DatabaseUnavailable for what the database, or the file's folder, refuses."""
    from sqlalchemy.exc import DBAPIError

    try:
        if url.dialect == "postgresql":
            asyncio.run(_connect_postgres(url, work))
        else:
            _connect_sqlite(url.path, work)
    except DBAPIError as error:
        cause = error.driver_exception
        raise (sqlite_unavailable(cause) if isinstance(cause, sqlite3.Error) else unavailable(cause)) from error
    except OSError as error:
        raise sqlite_unavailable(error) from error


def _connect_sqlite(path: Path, work: "Callable[[Connection], None]") -> None:
    from sqlalchemy import create_engine, event, pool

    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    # Made from the path itself: in an address, signs such as ? would end it.
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(path, timeout=_WRITE_SECONDS), poolclass=pool.NullPool
    )
    # The driver's own transactions do not cover DDL; explicit ones do, and IMMEDIATE is the lock between processes.
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        work(connection)


async def _connect_postgres(url: DatabaseUrl, work: "Callable[[Connection], None]") -> None:
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine

    # asyncpg reads the address, so that TLS and sockets have the same meaning as for the pool.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: _connected(url), poolclass=pool.NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()


async def _connected(url: DatabaseUrl) -> "asyncpg.Connection[Any]":
    import asyncpg

    with translated():
        connection = await asyncpg.connect(url.text, timeout=_CONNECT_SECONDS)
    try:
        await check_encoding(connection)
    except DatabaseUnavailable:
        await connection.close()
        raise
    return connection

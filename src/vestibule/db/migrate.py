"""Schema migrations, up and down. Only one process migrates at a time; others wait, then have nothing left to do.

Alembic and SQLAlchemy take a second to import, so they are imported only in the functions that need them: commands
with nothing to migrate start at once.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vestibule.db.sqlite import BUSY_TIMEOUT_MS
from vestibule.db.url import DatabaseUrl

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

# An arbitrary but fixed number: every Vestibule process takes this advisory lock before it migrates.
_LOCK = 7_305_118_226
_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: DatabaseUrl) -> None:
    """Migrate to the newest revision, creating the PostgreSQL schema when it is missing."""
    from alembic import command

    _run(url, lambda config: command.upgrade(config, "head"))


def downgrade(url: DatabaseUrl, revision: str) -> None:
    """Migrate back to a revision (`-1`: one step, `base`: an empty database). Drops data."""
    from alembic import command

    _run(url, lambda config: command.downgrade(config, revision))


def current(url: DatabaseUrl) -> str | None:
    """Return the revision of the database; None for an empty one."""
    found: list[str | None] = []
    _connect(url, lambda connection: found.append(_revision(connection, url)))
    return found[0]


def tables() -> list[str]:
    """Return the names of all tables that any revision creates, `alembic_version` first."""
    from alembic.script import ScriptDirectory

    made = [script.module.TABLES for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()]
    return ["alembic_version", *(name for names in made for name in names)]


def _run(url: DatabaseUrl, step: "Callable[[Config], None]") -> None:
    from sqlalchemy import text

    def locked(connection: "Connection") -> None:
        if url.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            # Checked first, because CREATE SCHEMA IF NOT EXISTS needs the right to create even when it exists.
            found = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": url.schema})
            if found.scalar() is None:
                connection.execute(text(f'CREATE SCHEMA "{url.schema}"'))
            connection.execute(text(f'SET search_path TO "{url.schema}"'))
        step(_config(connection, url))

    _connect(url, locked)


def _config(connection: "Connection", url: DatabaseUrl) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["schema"] = url.schema
    return config


def _revision(connection: "Connection", url: DatabaseUrl) -> str | None:
    from sqlalchemy import text

    table = f'"{url.schema}".alembic_version' if url.schema else "alembic_version"
    exists = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if url.dialect == "postgresql":
        exists = f"SELECT to_regclass('{table}')"
    if connection.execute(text(exists)).scalar() is None:
        return None
    value = connection.execute(text(f"SELECT version_num FROM {table}")).scalar()  # noqa: S608 - the name is a checked setting
    return None if value is None else str(value)


def _connect(url: DatabaseUrl, work: "Callable[[Connection], None]") -> None:
    from sqlalchemy import create_engine, event, pool

    if url.dialect == "postgresql":
        asyncio.run(_connect_postgres(url, work))
        return
    url.path.parent.mkdir(parents=True, exist_ok=True)
    url.path.touch(mode=0o600, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{url.path}", poolclass=pool.NullPool, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000 * 6}
    )
    # The driver's own transactions do not cover DDL; explicit ones do, and IMMEDIATE is the lock between processes.
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        work(connection)


async def _connect_postgres(url: DatabaseUrl, work: "Callable[[Connection], None]") -> None:
    import asyncpg
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine

    # asyncpg parses the URL itself, so that TLS and socket options have the same meaning as for the pool.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url.text), poolclass=pool.NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()

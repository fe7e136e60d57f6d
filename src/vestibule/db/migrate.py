"""Moves the schema up and down. Only one process migrates at a time; the others wait, then find it done.

Alembic and SQLAlchemy take a second to import, so only the functions that need them do it: commands that find
nothing to migrate start at once.
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

# An arbitrary constant of our own: every Vestibule process asks for this lock before it migrates.
_LOCK = 7_305_118_226
_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: DatabaseUrl) -> None:
    """To the newest revision, creating the PostgreSQL schema when it is missing."""
    from alembic import command

    _run(url, lambda config: command.upgrade(config, "head"))


def downgrade(url: DatabaseUrl, revision: str) -> None:
    """Back to a revision (`-1` for one step, `base` for an empty database). Drops data."""
    from alembic import command

    _run(url, lambda config: command.downgrade(config, revision))


def current(url: DatabaseUrl) -> str | None:
    """The revision the database is at; None for an empty one."""
    found: list[str | None] = []
    _connect(url, lambda connection: found.append(_revision(connection, url)))
    return found[0]


def tables() -> list[str]:
    """The names of all tables that any revision makes."""
    from alembic.script import ScriptDirectory

    made = [script.module.TABLES for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()]
    return ["alembic_version", *(name for names in made for name in names)]


def _run(url: DatabaseUrl, step: "Callable[[Config], None]") -> None:
    from sqlalchemy import text

    def locked(connection: "Connection") -> None:
        if url.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            # Asked first: CREATE SCHEMA IF NOT EXISTS needs the right to create even when there is nothing to do.
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
    # The driver's own transactions do not cover DDL; ours do, and IMMEDIATE is the lock between processes.
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        work(connection)


async def _connect_postgres(url: DatabaseUrl, work: "Callable[[Connection], None]") -> None:
    import asyncpg
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine

    # The driver reads the address itself, so that TLS and socket options mean here what they mean to the pool.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url.text), poolclass=pool.NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()

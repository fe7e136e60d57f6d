"""Chooses the database engine for a URL."""

from typing import TYPE_CHECKING

from vestibule.db.pool_policy import PoolPolicy
from vestibule.db.sqlite import SqliteEngine
from vestibule.db.url import DatabaseUrl

if TYPE_CHECKING:
    from vestibule.db.postgres import PostgresEngine


def engine_for(url: DatabaseUrl, policy: PoolPolicy) -> "SqliteEngine | PostgresEngine":
    """Return the engine for a URL, not opened yet. `policy` applies to PostgreSQL only."""
    if url.dialect == "sqlite":
        return SqliteEngine(url.path)
    from vestibule.db.postgres import PostgresEngine  # with asyncpg, which SQLite does without

    return PostgresEngine(url.text, url.schema, policy)

"""Chooses the database engine for a URL."""

from vestibule.db.postgres import PoolPolicy, PostgresEngine
from vestibule.db.sqlite import SqliteEngine
from vestibule.db.url import DatabaseUrl


def engine_for(url: DatabaseUrl, policy: PoolPolicy) -> SqliteEngine | PostgresEngine:
    """Return the engine for a URL, not opened yet. `policy` applies to PostgreSQL only."""
    if url.dialect == "sqlite":
        return SqliteEngine(url.path)
    return PostgresEngine(url.text, url.schema, policy)

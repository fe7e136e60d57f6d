"""From a URL to an engine."""

from vestibule.db.postgres import PoolPolicy, PostgresEngine
from vestibule.db.sqlite import SqliteEngine
from vestibule.db.url import DatabaseUrl


def engine_for(url: DatabaseUrl, policy: PoolPolicy) -> SqliteEngine | PostgresEngine:
    """The engine for this address; nothing is opened yet."""
    if url.dialect == "sqlite":
        return SqliteEngine(url.path)
    return PostgresEngine(url.text, url.schema, policy)

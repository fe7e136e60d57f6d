"""Access tokens for APIs that were revoked before their expiry."""

from vestibule.db.engine import Connection
from vestibule.domain.instant import Instant


class RevokedTokens:
    """Rows of `revoked_tokens`: the `jti` of a token, and when it would have expired."""

    def __init__(self, connection: Connection, revoked: set[str]) -> None:
        self._db = connection
        self._revoked = revoked

    async def add(self, token_id: str, session_id: str | None, expires_at: Instant) -> bool:
        """Revoke a token by its `jti`. False when it was already revoked.

        Cached answers about its session, if it has one, are invalidated; the session itself continues.
        """
        sql = "INSERT INTO revoked_tokens (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
        added = await self._db.run(sql, token_id, expires_at)
        if added and session_id:
            self._revoked.add(session_id)
        return added == 1

    async def has(self, token_id: str) -> bool:
        """Whether this token was revoked."""
        return await self._db.one("SELECT 1 AS found FROM revoked_tokens WHERE id = $1", token_id) is not None

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` entries whose token expired before `expired_before` anyway. Returns how many."""
        sql = (
            """DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM revoked_tokens WHERE expires_at < $1 LIMIT $2)"""
        )
        return await self._db.run(sql, expired_before, count)

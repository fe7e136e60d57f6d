"""Access tokens for APIs that were revoked before their expiry."""

from vestibule.domain.instant import Instant
from vestibule.repositories.hot import hot
from vestibule.repositories.repository import RevokingRepository, delete_some


class RevokedTokens(RevokingRepository):
    """Rows of `revoked_tokens`: the `jti` of a token, and when it would have expired."""

    async def add(self, token_id: str, session_id: str | None, expires_at: Instant) -> bool:
        """Revoke a token by its `jti`. False when it was already revoked.

        Cached answers about its session, if it has one, are invalidated; the session itself continues.
        """
        sql = "INSERT INTO revoked_tokens (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
        added = await self._db.run(sql, token_id, expires_at)
        if added and session_id:
            self._revoked.add(session_id)
        return added == 1

    @hot
    async def has(self, token_id: str) -> bool:
        """Whether this token was revoked."""
        return await self._db.one("SELECT 1 AS found FROM revoked_tokens WHERE id = $1", token_id) is not None

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` entries whose token expired before `expired_before` anyway. Returns how many."""
        return await self._db.run(delete_some("revoked_tokens", "expires_at < $1"), expired_before, count)

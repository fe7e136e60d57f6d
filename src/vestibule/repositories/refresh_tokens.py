"""Refresh tokens; those of one session form a token family."""

from vestibule.domain.instant import Instant
from vestibule.domain.token import RefreshToken
from vestibule.repositories.repository import Repository, delete_some

_NAMES = tuple(RefreshToken.__dataclass_fields__)


class RefreshTokens(Repository):
    """Rows of `refresh_tokens`."""

    async def find(self, token_hash: str) -> RefreshToken | None:
        """Return the refresh token with this keyed hash, consumed or not; None when it is unknown."""
        row = await self._db.one(f"SELECT {', '.join(_NAMES)} FROM refresh_tokens WHERE token_hash = $1", token_hash)
        return None if row is None else RefreshToken(**{name: row[name] for name in _NAMES})

    async def forget_successors(self, consumed_before: Instant, count: int) -> int:
        """Erase up to `count` sealed successors of tokens consumed before `consumed_before`, whose reuse grace is over.

        Returns how many.
        """
        sql = """UPDATE refresh_tokens SET successor_sealed = NULL WHERE token_hash IN (SELECT token_hash
            FROM refresh_tokens WHERE consumed_at < $1 AND successor_sealed IS NOT NULL LIMIT $2)"""
        return await self._db.run(sql, consumed_before, count)

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` tokens that expired before `expired_before`. Returns how many."""
        sql = delete_some("refresh_tokens", "expires_at < $1", key="token_hash")
        return await self._db.run(sql, expired_before, count)

"""Refresh tokens; those of one session form a token family."""

from vestibule.db.engine import Connection
from vestibule.domain.instant import Instant
from vestibule.domain.token import RefreshToken

_COLUMNS = "token_hash, session_id, issued_at, expires_at, consumed_at, successor_hash, successor_sealed"


class RefreshTokens:
    """Rows of `refresh_tokens`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def find(self, token_hash: str) -> RefreshToken | None:
        """Return the refresh token with this keyed hash, consumed or not; None when it is unknown."""
        row = await self._db.one(f"SELECT {_COLUMNS} FROM refresh_tokens WHERE token_hash = $1", token_hash)
        return None if row is None else RefreshToken(**{name: row[name] for name in RefreshToken.__dataclass_fields__})

    async def forget_successors(self, consumed_before: Instant, count: int) -> int:
        """Erase up to `count` sealed successors of tokens consumed before `consumed_before`, whose reuse grace is over.

        Returns how many.
        """
        sql = """UPDATE refresh_tokens SET successor_sealed = NULL WHERE token_hash IN (SELECT token_hash
            FROM refresh_tokens WHERE consumed_at < $1 AND successor_sealed IS NOT NULL LIMIT $2)"""
        return await self._db.run(sql, consumed_before, count)

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` tokens that expired before `expired_before`. Returns how many."""
        sql = """DELETE FROM refresh_tokens WHERE token_hash IN
            (SELECT token_hash FROM refresh_tokens WHERE expires_at < $1 LIMIT $2)"""
        return await self._db.run(sql, expired_before, count)

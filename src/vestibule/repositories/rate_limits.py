"""Limits as rows, shared by all workers."""

from vestibule.db.engine import Connection
from vestibule.domain.instant import SECOND, Instant
from vestibule.domain.rate_limit import Allowance, Backoff, Limit

# GCRA in one statement: `tat` is the theoretical arrival time; a use moves it on by one interval, unless that would
# put it further than the burst ahead of now. No row comes back when the limit refuses.
_RESERVE = """
    INSERT INTO rate_limits (key, tat, expires_at) VALUES ($1, CAST($2 AS BIGINT) + CAST($3 AS BIGINT), $2 + $3)
    ON CONFLICT (key) DO UPDATE SET
        tat = CASE WHEN rate_limits.tat > $2 THEN rate_limits.tat ELSE $2 END + $3,
        expires_at = CASE WHEN rate_limits.tat > $2 THEN rate_limits.tat ELSE $2 END + $3
    WHERE CASE WHEN rate_limits.tat > $2 THEN rate_limits.tat ELSE $2 END + $3 - $2 <= $4
    RETURNING tat"""

# A failure is counted before the secret is checked. While `tat` lies ahead, no further try is let through.
_COUNT_FAILURE = """
    INSERT INTO rate_limits (key, tat, hits, expires_at) VALUES ($1, 0, 1, CAST($2 AS BIGINT) + CAST($6 AS BIGINT))
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN rate_limits.expires_at <= $2 THEN 1 ELSE rate_limits.hits + 1 END,
        tat = CASE
            WHEN rate_limits.expires_at <= $2 OR rate_limits.hits + 1 < $3 THEN 0
            WHEN rate_limits.hits + 1 - $3 > 20 THEN $2 + $5
            WHEN CAST($4 AS BIGINT) << CAST(rate_limits.hits + 1 - $3 AS INTEGER) > $5 THEN $2 + $5
            ELSE $2 + (CAST($4 AS BIGINT) << CAST(rate_limits.hits + 1 - $3 AS INTEGER)) END,
        expires_at = $2 + $6
    WHERE rate_limits.tat <= $2
    RETURNING hits"""


class RateLimits:
    """Rows of `rate_limits`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def reserve(self, limit: Limit, key: str, now: Instant) -> Allowance:
        """Take one use of the bucket, if there is one."""
        capacity = limit.interval * limit.burst
        # Workers read their clocks before the row moves on, so a `now` may lie a little behind the one before it.
        slack = min(limit.interval // 2, SECOND)
        row = await self._db.one(_RESERVE, key, now, limit.interval, capacity + slack)
        if row is not None:
            remaining = max(0, (capacity - (row["tat"] - now)) // limit.interval)
            return Allowance(limit, allowed=True, remaining=remaining, retry_at=row["tat"])
        held = await self._db.one("SELECT tat FROM rate_limits WHERE key = $1", key)
        tat = held["tat"] if held else now
        return Allowance(limit, allowed=False, remaining=0, retry_at=tat + limit.interval - capacity)

    async def count_failure(self, backoff: Backoff, key: str, now: Instant) -> Instant | None:
        """Reserve one try against a secret: None when it may go ahead, else when it may."""
        row = await self._db.one(
            _COUNT_FAILURE, key, now, backoff.free, backoff.base, backoff.cap, backoff.forget_after
        )
        if row is not None:
            return None
        held = await self._db.one("SELECT tat FROM rate_limits WHERE key = $1", key)
        return held["tat"] if held else now

    async def release(self, key: str) -> None:
        """The try was right: forget the failures."""
        await self._db.run("DELETE FROM rate_limits WHERE key = $1", key)

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Remove up to `count` keys that hold nothing back any more."""
        return await self._db.run(
            "DELETE FROM rate_limits WHERE key IN (SELECT key FROM rate_limits WHERE expires_at < $1 LIMIT $2)",
            expired_before,
            count,
        )

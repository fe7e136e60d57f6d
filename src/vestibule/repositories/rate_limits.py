"""Limits as rows, shared by all workers."""

from collections.abc import Sequence

from vestibule.db.engine import Connection
from vestibule.domain.instant import SECOND, Duration, Instant
from vestibule.domain.rate_limit import Allowance, Backoff, Limit, Tried

# GCRA in one statement: `tat` is the theoretical arrival time; a use moves it on by one interval, unless that would
# put it further than the burst ahead of now. No row comes back when the limit refuses. A `tat` further ahead than any
# use can put it was written by a clock that ran ahead: it must not lock anybody out until time has caught up.
_FROM = """CASE WHEN rate_limits.tat > $2 + $4 + 60000000 THEN $2
            WHEN rate_limits.tat > $2 THEN rate_limits.tat ELSE $2 END"""
_RESERVE = f"""
    INSERT INTO rate_limits (key, tat, expires_at) VALUES ($1, CAST($2 AS BIGINT) + CAST($3 AS BIGINT), $2 + $3)
    ON CONFLICT (key) DO UPDATE SET tat = {_FROM} + $3, expires_at = {_FROM} + $3
    WHERE {_FROM} + $3 - $2 <= $4
    RETURNING tat"""

# Two buckets, one after the other: what the first refuses costs nothing of the second.
_RESERVE_BOTH = f"""
    WITH first AS ({_RESERVE}),
    second AS ({
    _RESERVE.replace(
        "VALUES ($1, CAST($2 AS BIGINT) + CAST($3 AS BIGINT), $2 + $3)",
        "SELECT $5, CAST($2 AS BIGINT) + CAST($6 AS BIGINT), $2 + $6 FROM first",
    )
    .replace("$3", "$6")
    .replace("$4", "$7")
})
    SELECT (SELECT tat FROM first) AS first, (SELECT tat FROM second) AS second"""

# A failure is counted before the secret is checked. While `tat` lies ahead, no further try is let through.
_COUNT_FAILURE = """
    INSERT INTO rate_limits (key, tat, hits, expires_at) VALUES ($1, 0, 1, CAST($2 AS BIGINT) + CAST($6 AS BIGINT))
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN rate_limits.expires_at <= $2 THEN 1 ELSE rate_limits.hits + 1 END,
        tat = CASE
            WHEN rate_limits.expires_at <= $2 OR rate_limits.hits + 1 < $3 THEN 0
            WHEN rate_limits.hits + 1 >= $7 THEN $2 + $6
            WHEN rate_limits.hits + 1 - $3 > 20 THEN $2 + $5
            WHEN CAST($4 AS BIGINT) << CAST(rate_limits.hits + 1 - $3 AS INTEGER) > $5 THEN $2 + $5
            ELSE $2 + (CAST($4 AS BIGINT) << CAST(rate_limits.hits + 1 - $3 AS INTEGER)) END,
        expires_at = $2 + $6
    WHERE rate_limits.tat <= $2
    RETURNING hits"""

# Never refused and always written: the write itself must tell nobody whether a limit was reached.
_COUNT = """
    INSERT INTO rate_limits (key, tat, hits, expires_at) VALUES ($1, 0, 1, $2)
    ON CONFLICT (key) DO UPDATE SET hits = rate_limits.hits + 1, expires_at = $2
    RETURNING hits"""


def _reach(limit: Limit) -> Duration:
    """How far ahead of now the bucket may get. Workers read their clocks before the row moves on, so a `now` may lie a
    little behind the one before it.
    """
    return limit.interval * limit.burst + min(limit.interval // 2, SECOND)


class RateLimits:
    """Rows of `rate_limits`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def reserve(self, limit: Limit, key: str, now: Instant) -> Allowance:
        """Take one use of the bucket, if there is one."""
        row = await self._db.one(_RESERVE, key, now, limit.interval, _reach(limit))
        return await self._allowance(limit, key, now, None if row is None else row["tat"])

    async def reserve_in_order(self, uses: Sequence[tuple[Limit, str]], now: Instant) -> list[Allowance]:
        """Take one use of each bucket, in order, stopping at the first that refuses."""
        if len(uses) != 2 or self._db.dialect == "sqlite":
            return await self._reserve_each(uses, now)
        (first, key), (second, other) = uses
        row = await self._db.one(
            _RESERVE_BOTH, key, now, first.interval, _reach(first), other, second.interval, _reach(second)
        )
        taken = [await self._allowance(first, key, now, row["first"] if row else None)]
        if taken[0].allowed:
            taken.append(await self._allowance(second, other, now, row["second"] if row else None))
        return taken

    async def _reserve_each(self, uses: Sequence[tuple[Limit, str]], now: Instant) -> list[Allowance]:
        taken = []
        for limit, key in uses:
            taken.append(await self.reserve(limit, key, now))
            if not taken[-1].allowed:
                break
        return taken

    async def _allowance(self, limit: Limit, key: str, now: Instant, tat: Instant | None) -> Allowance:
        capacity = limit.interval * limit.burst
        if tat is not None:
            remaining = max(0, (capacity - (tat - now)) // limit.interval)
            return Allowance(limit, allowed=True, remaining=remaining, retry_at=tat)
        held = await self._db.one("SELECT tat FROM rate_limits WHERE key = $1", key)
        reached = held["tat"] if held else now
        return Allowance(limit, allowed=False, remaining=0, retry_at=reached + limit.interval - capacity)

    async def count_failure(self, backoff: Backoff, key: str, now: Instant) -> Tried | Instant:
        """Reserve one try against a secret, or say when the next one may go ahead."""
        row = await self._db.one(
            _COUNT_FAILURE, key, now, backoff.free, backoff.base, backoff.cap, backoff.forget_after, backoff.most
        )
        if row is not None:
            return Tried(row["hits"])
        held = await self._db.one("SELECT tat FROM rate_limits WHERE key = $1", key)
        return held["tat"] if held else now

    async def count(self, key: str, until: Instant) -> int:
        """How often this happened, this time included; forgotten at `until` or when it happened last."""
        row = await self._db.one(_COUNT, key, until)
        assert row is not None
        return int(row["hits"])

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

"""Rate limits and failure counters as rows, shared by all workers."""

from collections.abc import Sequence

from vestibule.domain.instant import SECOND, Duration, Instant
from vestibule.domain.rate_limit import Allowance, Backoff, Limit, Tried
from vestibule.repositories.repository import Repository, delete_some

# GCRA in one statement: `tat` is the theoretical arrival time; a use moves it on by one interval, unless that would
# put it further ahead of now than the burst. No row is returned when the limit refuses. A `tat` further ahead than any
# use can put it was written by a clock that ran ahead: it must not lock users out until time has caught up.
_FROM = """CASE WHEN rate_limits.tat > $2 + $4 + 60000000 THEN $2
            WHEN rate_limits.tat > $2 THEN rate_limits.tat ELSE $2 END"""
_RESERVE = f"""
    INSERT INTO rate_limits (key, tat, expires_at) VALUES ($1, CAST($2 AS BIGINT) + CAST($3 AS BIGINT), $2 + $3)
    ON CONFLICT (key) DO UPDATE SET tat = {_FROM} + $3, expires_at = {_FROM} + $3
    WHERE {_FROM} + $3 - $2 <= $4
    RETURNING tat"""

# Two buckets in order: a use that the first one refuses does not count against the second.
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

# A failure is counted before the secret is checked. While `tat` is in the future, no further try is allowed.
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

# Never refused and always written, so that the write does not reveal whether a limit was reached.
_COUNT = """
    INSERT INTO rate_limits (key, tat, hits, expires_at) VALUES ($1, 0, 1, $2)
    ON CONFLICT (key) DO UPDATE SET hits = rate_limits.hits + 1, expires_at = $2
    RETURNING hits"""


def _reach(limit: Limit) -> Duration:
    """How far ahead of now the `tat` of a bucket may be, in microseconds. Workers read their clocks before the row is
    locked, so a `now` may be a little behind the previous one.
    """
    return limit.interval * limit.burst + min(limit.interval // 2, SECOND)


class RateLimits(Repository):
    """Rows of `rate_limits`, by key: the state of a bucket, or the number of failures in a row."""

    async def reserve(self, limit: Limit, key: str, now: Instant) -> Allowance:
        """Take one use of the bucket `key`. Returns whether it is allowed, and if not, when to try again."""
        row = await self._db.one(_RESERVE, key, now, limit.interval, _reach(limit))
        return await self._allowance(limit, key, now, None if row is None else row["tat"])

    async def reserve_in_order(self, uses: Sequence[tuple[Limit, str]], now: Instant) -> list[Allowance]:
        """Take one use of each bucket (limit and key) in order, stopping at the first that refuses.

        Returns the results so far; only the last one can be a refusal.
        """
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
        """Count a try against a secret as a failure, before it is checked. Returns the number of failures in a row, or
        the time before which no further try is allowed.
        """
        row = await self._db.one(
            _COUNT_FAILURE, key, now, backoff.free, backoff.base, backoff.cap, backoff.forget_after, backoff.most
        )
        if row is not None:
            return Tried(row["hits"])
        # No row: a delay is running, and this try was not counted.
        held = await self._db.one("SELECT tat FROM rate_limits WHERE key = $1", key)
        return held["tat"] if held else now

    async def count(self, key: str, until: Instant) -> int:
        """Count one event under a key. Returns how often it happened, this time included.

        The counter may be purged at the `until` of the latest event.
        """
        row = await self._db.one(_COUNT, key, until)
        assert row is not None
        return int(row["hits"])

    async def release(self, key: str) -> None:
        """Clear the failures counted under a key, after a correct secret."""
        await self._db.run("DELETE FROM rate_limits WHERE key = $1", key)

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` keys that expired before `expired_before` and so limit nothing. Returns how many."""
        return await self._db.run(delete_some("rate_limits", "expires_at < $1", key="key"), expired_before, count)

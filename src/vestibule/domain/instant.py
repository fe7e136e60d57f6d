"""Time as one integer: microseconds since 1970-01-01T00:00:00 UTC.

The database, the domain and the clock all speak this unit; only the edges
(JSON, mails, tokens) turn it into something else.
"""

from datetime import UTC, datetime, timedelta

Instant = int
Duration = int

SECOND: Duration = 1_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR
NEVER: Instant = 1 << 62

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(instant: Instant) -> datetime:
    """An aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def to_seconds(instant: Instant) -> int:
    """Whole seconds since 1970 UTC, as JWT claims want them (RFC 7519 section 2, NumericDate)."""
    return instant // SECOND


def seconds_until(instant: Instant, now: Instant) -> int:
    """Whole seconds from `now`, rounded up and at least 1: what Retry-After wants."""
    return max(1, -((now - instant) // SECOND))

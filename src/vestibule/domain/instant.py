"""Time as one integer: microseconds since 1970-01-01T00:00:00 UTC.

The database, the domain and the clock all use this unit; only JSON, emails and tokens convert it.
"""

from datetime import UTC, datetime, timedelta

Instant = int
Duration = int

SECOND: Duration = 1_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR
NEVER: Instant = 1 << 62

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(instant: Instant) -> datetime:
    """Convert microseconds since 1970 to an aware datetime in UTC."""
    return _UNIX_EPOCH + timedelta(microseconds=instant)


def to_seconds(instant: Instant) -> int:
    """Convert microseconds to whole seconds since 1970 UTC, for JWT claims (RFC 7519 section 2, NumericDate)."""
    return instant // SECOND


def seconds_until(instant: Instant, now: Instant) -> int:
    """Return the whole seconds from `now` to `instant`, rounded up and at least 1, for Retry-After."""
    return max(1, -((now - instant) // SECOND))

"""The system clock."""

import time

from vestibule.domain.instant import Duration, Instant

# Counts through suspension where the system has such a clock: a worker that slept must know that its lease is over.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Time from the operating system."""

    def now(self) -> Instant:
        """Microseconds since 1970 UTC."""
        return time.time_ns() // 1_000

    def monotonic(self) -> Duration:
        """Microseconds since the machine started."""
        return time.clock_gettime_ns(_STEADY) // 1_000

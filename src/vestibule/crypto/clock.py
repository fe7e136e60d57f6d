"""The system clock."""

import time

from vestibule.domain.instant import Duration, Instant

# A clock that includes suspension, where the system has one: after a suspension, a worker's lease must have lapsed.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The operating system's clock."""

    def now(self) -> Instant:
        """Return the wall-clock time in microseconds since 1970 UTC."""
        return time.time_ns() // 1_000

    def monotonic(self) -> Duration:
        """Return microseconds since the machine started; never goes back."""
        return time.clock_gettime_ns(_STEADY) // 1_000

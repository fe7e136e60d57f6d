"""The system clock."""

import time

from vestibule.domain.instant import Instant


class SystemClock:
    """Wall-clock time from the operating system."""

    def now(self) -> Instant:
        """Microseconds since 1970 UTC."""
        return time.time_ns() // 1_000

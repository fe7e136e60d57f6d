"""Quiet twins of what comes from outside."""

from vestibule.crypto.clock import SystemClock
from vestibule.domain.instant import Duration, Instant


class SteppingClock:
    """Starts now, moves by a microsecond each time it is asked, and by leaps when a test says so."""

    def __init__(self) -> None:
        self._now = SystemClock().now()
        self._leapt = 0

    def now(self) -> Instant:
        self._now += 1
        return self._now

    def monotonic(self) -> Duration:
        """Real, plus what was leapt over: leases of the cache run on as the processes do."""
        return SystemClock().monotonic() + self._leapt

    def let_leases_lapse(self, duration: Duration) -> None:
        self._leapt += duration

    def advance(self, duration: Duration) -> None:
        self._now += duration

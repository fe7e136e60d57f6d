"""Limits: how much of something one key may do."""

from dataclasses import dataclass

from vestibule.domain.instant import Duration, Instant


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket of `burst` that refills evenly over `period` (microseconds); GCRA."""

    name: str
    burst: int
    period: Duration

    @property
    def interval(self) -> Duration:
        """Time that one use costs."""
        return self.period // self.burst


@dataclass(frozen=True, slots=True)
class Backoff:
    """`free` failures cost nothing; each further one doubles the wait from `base` up to `cap` (microseconds). After
    `most` in a row the wait is as long as failures are remembered (NIST SP 800-63B section 3.2.2: at most 100).
    """

    free: int
    base: Duration
    cap: Duration
    most: int
    forget_after: Duration


@dataclass(frozen=True, slots=True)
class Tried:
    """A try that was counted, as the `count`th failure in a row unless it succeeds."""

    count: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The answer for one use: allowed or not, what is left, and when to come back."""

    limit: Limit
    allowed: bool
    remaining: int
    retry_at: Instant


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """All limits, as configured."""

    login_address: Limit
    login_global: Limit
    registration_address: Limit
    code_address: Limit
    step_address: Limit
    mail_recipient: Limit
    account_failures: Backoff

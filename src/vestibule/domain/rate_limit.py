"""Rate limits: how often one key (an address, an account) may do something."""

from dataclasses import dataclass

from vestibule.domain.instant import Duration, Instant


@dataclass(frozen=True, slots=True)
class Limit:
    """A GCRA limit: a bucket of `burst` uses that refills evenly over `period` (microseconds)."""

    name: str
    burst: int
    period: Duration

    @property
    def interval(self) -> Duration:
        """The time in microseconds that one use costs."""
        return self.period // self.burst


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Growing delays after failures against one secret; durations are in microseconds.

    `free` failures cost nothing; each further one doubles the wait from `base` up to `cap`. After `most` in a row the
    wait is as long as failures are remembered, `forget_after` (NIST SP 800-63B section 3.2.2: at most 100).
    """

    free: int
    base: Duration
    cap: Duration
    most: int
    forget_after: Duration


@dataclass(frozen=True, slots=True)
class Tried:
    """A try that may go ahead; it was counted as the `count`th failure in a row, until it succeeds."""

    count: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The result of one use of a limit: whether it is allowed, how many are left, and when the next try may succeed
    (microseconds since 1970 UTC).
    """

    limit: Limit
    allowed: bool
    remaining: int
    retry_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPolicy:
    """All configured limits. `_address` counts by IP address, `_global` those of all callers together, `_recipient`
    by the email address, `account_failures` by the account, or by the device cookie that it gave.
    """

    login_address: Limit
    login_global: Limit
    registration_address: Limit
    code_address: Limit
    step_address: Limit
    mail_recipient: Limit
    account_failures: Backoff

"""Is somebody trying many accounts? Judged by all sign-ins together (password spraying, credential stuffing)."""

from dataclasses import dataclass
from typing import Literal

from vestibule.domain.instant import Duration

_FAILURES_PER_SUCCESS = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """Sign-ins that failed and that succeeded."""

    failures: int
    successes: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.failures + other.failures, self.successes + other.successes)


@dataclass(frozen=True, slots=True)
class PressurePolicy:
    """`failures` within `window` (microseconds), and thrice as many as successes, are an attack. `work` says when
    strangers have to show a proof of work, of `bits` at least.
    """

    failures: int
    window: Duration
    work: Literal["auto", "always", "off"]
    bits: int

    def is_attack(self, tally: Tally) -> bool:
        """Whether this looks like somebody trying many accounts."""
        return tally.failures >= self.failures and tally.failures >= _FAILURES_PER_SUCCESS * tally.successes

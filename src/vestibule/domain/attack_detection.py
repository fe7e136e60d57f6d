"""Attack detection: recognises password spraying and credential stuffing from the outcomes of all sign-ins together."""

from dataclasses import dataclass
from typing import Literal

from vestibule.domain.instant import Duration

_FAILURES_PER_SUCCESS = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """How many sign-ins failed and how many succeeded."""

    failures: int
    successes: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.failures + other.failures, self.successes + other.successes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackDetectionPolicy:
    """When failed sign-ins count as an attack: `failures` within `window` (microseconds), and at least three times as
    many as successes. `work`: when clients without a device cookie need a proof of work, of `bits` at least.
    """

    failures: int
    window: Duration
    work: Literal["auto", "always", "off"]
    bits: int

    def is_attack(self, tally: Tally) -> bool:
        """Whether this tally of one window looks like an attack on many accounts."""
        return tally.failures >= self.failures and tally.failures >= _FAILURES_PER_SUCCESS * tally.successes

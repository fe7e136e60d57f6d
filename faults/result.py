"""The result of one row."""

from dataclasses import dataclass, field


@dataclass
class Result:
    """One line of the table in docs/reliability.md.

    `number`, such as F12; `gap`: the longest time without a success, `recovery`: the slowest return to ready (seconds).
    """

    number: str
    fault: str
    runs: int
    requests: int = 0
    errors: int = 0
    gap: float = 0.0
    recovery: float = 0.0
    notes: str = ""
    violations: list[str] = field(default_factory=list)

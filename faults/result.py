"""What one row came to."""

from dataclasses import dataclass, field


@dataclass
class Result:
    """A line of docs/reliability.md."""

    number: str
    fault: str
    runs: int
    requests: int = 0
    errors: int = 0
    gap: float = 0.0
    recovery: float = 0.0
    notes: str = ""
    violations: list[str] = field(default_factory=list)

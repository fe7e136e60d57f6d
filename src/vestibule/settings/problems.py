"""What is wrong with a configuration: the name, what was given, what is expected, how to fix it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vestibule.settings.groups import Settings


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration."""

    name: str
    got: str
    expected: str
    fix: str

    def __str__(self) -> str:
        return f"{self.name}\n  got:       {self.got}\n  expected:  {self.expected}\n  fix:       {self.fix}"


class SettingsError(Exception):
    """The configuration cannot be used; `problems` says everything that is wrong with it.

    `settings` holds what could be read, when every value had the right form: for looking further before giving up.
    """

    def __init__(self, problems: list[Problem], settings: "Settings | None" = None) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.settings = settings

"""Problems of a configuration, and the error that reports them."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vestibule.settings.groups import Settings


_USER_AND_PASSWORD = re.compile(r"(?<=://).*@", re.DOTALL)


def without_password(text: str) -> str:
    """Return a text without the user and the password of an address in it, for messages."""
    return _USER_AND_PASSWORD.sub("***@", text)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of the configuration: the setting's name, its value, what is expected, and a fix."""

    name: str
    got: str
    expected: str
    fix: str

    def __str__(self) -> str:
        return f"{self.name}\n  got:       {self.got}\n  expected:  {self.expected}\n  fix:       {self.fix}"


class SettingsError(Exception):
    """The configuration cannot be used; `problems` lists everything that is wrong with it.

    `settings` are the parsed settings when every value had the right form, for further checks before giving up.
    """

    def __init__(self, problems: list[Problem], settings: "Settings | None" = None) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.settings = settings

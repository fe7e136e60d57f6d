"""How a setting is written down: its name, its default, its sentence, and how its text is read."""

from collections.abc import Callable
from dataclasses import field
from typing import Any

from vestibule.settings import parsers

PREFIX = "VESTIBULE_"


def setting(
    name: str, default: str | None, help: str, parse: Callable[[str], Any] = parsers.text, *,
    secret: bool = False, also: str = "",
) -> Any:  # fmt: skip
    """A field read from VESTIBULE_<name> (for secrets also from the file that VESTIBULE_<name>_FILE names)."""
    return field(
        metadata={"name": name, "default": default, "help": help, "parse": parse, "secret": secret, "also": also}
    )

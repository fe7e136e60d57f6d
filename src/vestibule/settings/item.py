"""How a setting is declared: its name, default, help text and parser."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from vestibule.settings import parsers

PREFIX = "VESTIBULE_"


def setting(
    name: str,
    default: str | None,
    help: str,
    parse: Callable[[str], Any] = parsers.text,
    *,
    secret: bool = False,
    also: str = "",
) -> Any:
    """Declare a field read from VESTIBULE_<name> and, for secrets, from the file that VESTIBULE_<name>_FILE names.

    `also` is a second variable's whole name, such as PORT, used when the first one is not set.
    """
    return field(
        metadata={"name": name, "default": default, "help": help, "parse": parse, "secret": secret, "also": also}
    )


def variables(meta: Mapping[str, Any]) -> set[str]:
    """Return the names of all environment variables that can hold a declared setting."""
    name = PREFIX + meta["name"]
    return {name, *([meta["also"]] if meta["also"] else []), *([f"{name}_FILE"] if meta["secret"] else [])}

"""The templates of `vestibule proxy`: `@FACT@` is a placeholder; a line with one of a table repeats for every entry."""

import itertools
import re
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from vestibule.http.forward_answers import IDENTITY_HEADERS
from vestibule.http.untrusted_headers import (
    ALIASING_SIGNS,
    AUTHORIZATION_REQUEST_HEADERS,
    REWRITTEN_HEADERS,
    UNTRUSTED_HEADERS,
)

_TEMPLATES = Path(__file__).parent / "proxies"
_FACT = re.compile(r"@([A-Z_]+)@")
_INDENT = "\n    "
_ONCE: list[dict[str, str]] = [{}]


def filled(template: str, facts: Mapping[str, str]) -> str:
    """Return the text of a template with its placeholders filled in. Raises KeyError for a missing fact."""
    lines = []
    for line in (_TEMPLATES / template).read_text(encoding="utf-8").splitlines():
        entries = next((_PER_ENTRY[fact] for fact in _FACT.findall(line) if fact in _PER_ENTRY), _ONCE)
        lines += [_line(line, {**facts, **entry}) for entry in entries]
    return "\n".join([*lines, ""])


def _line(line: str, facts: Mapping[str, str]) -> str:
    return _FACT.sub(lambda found: facts[found[1]], line)


def _facts_of(kind: str, headers: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """The values for lines about the headers of a table: per placeholder, a list with one dictionary per header."""
    facts = [
        {
            kind: header,
            f"{kind}_LOWER": header.lower(),
            f"{kind}_VARIABLE": header.lower().replace("-", "_"),
            f"{kind}_SPELLINGS": _emptied(_spellings(header)),
            f"{kind}_ALIASES": _emptied(_spellings(header)[1:]),
        }
        for header in headers
    ]
    return dict.fromkeys(facts[0], facts)


def _spellings(header: str) -> list[str]:
    """The header, then each spelling of it with `_` for `-`."""
    signs = (("-", "_") if sign == "-" else (sign,) for sign in header)
    return ["".join(spelling) for spelling in itertools.product(*signs)]


def _emptied(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}": ""' for name in names)


def _quoted(names: Iterable[str]) -> str:
    return _INDENT.join(textwrap.wrap(", ".join(f'"{name}"' for name in names), 110, break_on_hyphens=False))


TABLES = {
    "NAMES": " ".join(IDENTITY_HEADERS),
    "NAMES_LUA": _quoted(IDENTITY_HEADERS),
    "QUESTION_LUA": _quoted(AUTHORIZATION_REQUEST_HEADERS),
    "UNTRUSTED_LUA": _quoted(UNTRUSTED_HEADERS),
}
_PER_ENTRY = {
    **_facts_of("NAME", IDENTITY_HEADERS),
    **_facts_of("UNTRUSTED", UNTRUSTED_HEADERS),
    **_facts_of("REWRITTEN", REWRITTEN_HEADERS),
    **_facts_of("QUESTION", AUTHORIZATION_REQUEST_HEADERS),
    "SIGN": [{"SIGN": sign} for sign in ALIASING_SIGNS],
}

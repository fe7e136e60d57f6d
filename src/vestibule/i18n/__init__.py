"""Message catalogues: one JSON file per language, the same keys in each."""

import json
from functools import cache
from pathlib import Path

DEFAULT = "en"
LANGUAGES = ("en", "de")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return all messages of a language, by key."""
    path = Path(__file__).parent / f"{language}.json"
    messages: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return messages


def translate(language: str, key: str, **values: object) -> str:
    """Return the message for a key, with `{name}` filled in. Raises KeyError for an unknown key or a missing value."""
    return catalogue(language)[key].format_map(values)


def supported(tag: str | None) -> str:
    """Return the supported language for a BCP 47 tag, else the default."""
    primary = (tag or "").partition("-")[0].lower()
    return primary if primary in LANGUAGES else DEFAULT

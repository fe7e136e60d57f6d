"""Message catalogues: one JSON file per language, the same keys in each."""

import json
from functools import cache
from pathlib import Path

DEFAULT = "en"
LANGUAGES = ("en", "de")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All messages of a language."""
    path = Path(__file__).parent / f"{language}.json"
    messages: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return messages


def translate(language: str, key: str, **values: object) -> str:
    """The sentence for a key, with `{name}` filled in. Raises KeyError for a key nobody wrote."""
    return catalogue(language)[key].format_map(values)


def supported(tag: str | None) -> str:
    """The language of a BCP 47 tag that we have, else the default."""
    primary = (tag or "").partition("-")[0].lower()
    return primary if primary in LANGUAGES else DEFAULT

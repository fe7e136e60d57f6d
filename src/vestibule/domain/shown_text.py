"""Single-line text that other people see: names, and further fields of a profile."""

import unicodedata

from vestibule.domain.errors import FieldError

NAME_LENGTH = (1, 100)

_SPACES = "".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
# Persian, Hindi and other languages write with these two inside words, and emoji are joined by them.
_JOINERS = frozenset("\u200c\u200d")
# Letters and symbols without a shape: a text of these looks like no text.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_VISIBLE = ("L", "N", "P", "S")

CHARACTERS = FieldError("text_characters", "Leave out control characters, invisible characters and line breaks.")


def parse_line(typed: str, least: int, most: int) -> str | FieldError:
    """Return a typed line in the form in which it is stored: Normalization Form C, without spaces around it. Empty when
    nothing but spaces was typed. Returns the validation error for one that is not `least` to `most` code points long or
    holds what others must not see.

    Refused are all characters that Unicode calls control (NUL and line breaks too), format (those that turn the
    direction of text: Trojan Source, CVE-2021-42574), surrogate, private or unassigned, and text without any visible
    character.
    """
    text = unicodedata.normalize("NFC", typed).strip(_SPACES)
    if not text:
        return ""
    if not least <= len(text) <= most:
        return FieldError("text_length", f"Use {least} to {most} characters.")
    if any(_is_refused(sign) for sign in text) or not any(_is_visible(sign) for sign in text):
        return CHARACTERS
    return text


def readable(typed: str) -> str:
    """Return a line without the characters that `parse_line` refuses, with single spaces and none around it."""
    return " ".join("".join(sign for sign in typed if not _is_refused(sign)).split())


def _is_refused(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return sign in _BLANK or (kind.startswith("C") and sign not in _JOINERS) or kind in {"Zl", "Zp"}


def _is_visible(sign: str) -> bool:
    return unicodedata.category(sign).startswith(_VISIBLE)

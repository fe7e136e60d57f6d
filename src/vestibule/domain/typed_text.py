"""What people type, in one form for every keyboard: the same passwords and codes reach us as different code points."""

import unicodedata

# Signs for a dash that Unicode counts among the letters: East Asian keyboards type them in place of a hyphen.
_DASH_LETTERS = frozenset("\u30fc\uff70")


def normalized_password(typed: str) -> str:
    """Return the form of a password that is measured, hashed and compared: every space of Unicode is U+0020, then
    Normalization Form C. Case, width and surrounding spaces stay as typed.

    These are the mappings of OpaqueString (RFC 8265 section 4.2.2); NIST SP 800-63B-4 section 3.1.1.2 wants passwords
    normalized before they are hashed. What OpaqueString prohibits (controls, unassigned code points) is not refused:
    such passwords are in use.
    """
    if typed.isascii():
        return typed
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in typed)
    return unicodedata.normalize("NFC", spaced)


def password_forms(typed: str) -> tuple[str, ...]:
    """Return the texts that a typed password may have been hashed from: its normalized form, and the text as typed
    where that is another one (passwords were once hashed as typed).
    """
    normalized = normalized_password(typed)
    return (normalized,) if normalized == typed else (normalized, typed)


def folded(text: str) -> str:
    """Return the form in which words are looked for in passwords, and guessable ones in lists: case and width fold."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def code_characters(typed: str) -> str:
    """Return the letters and digits of a typed code, in lower case: digits of any script are ASCII digits, wide letters
    are plain ones, and everything between them (spaces, dashes, invisible marks) is dropped.
    """
    compatible = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(_plain_character(sign) for sign in compatible)


def _plain_character(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    return sign if sign.isalnum() and sign not in _DASH_LETTERS else ""

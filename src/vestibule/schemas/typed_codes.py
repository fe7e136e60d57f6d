"""Codes as people type them: with spaces and dashes, in digits of any script."""

from typing import Annotated

from msgspec import Meta

from vestibule.domain.errors import FieldError
from vestibule.domain.typed_text import code_characters

TypedCode = Annotated[str, Meta(min_length=1, max_length=64)]
_DIGITS = 6


def six_digits(typed: str) -> str:
    """Return the six ASCII digits of a typed code, without spaces and dashes; `code_errors` must have accepted it."""
    return code_characters(typed)


def code_errors(typed: str | None) -> dict[str, FieldError]:
    """Return the error of the field `code` unless six digits were typed; none for None, a code that was not sent."""
    plain = six_digits(typed) if typed is not None else ""
    if typed is None or (len(plain) == _DIGITS and plain.isascii() and plain.isdecimal()):
        return {}
    return {"code": FieldError("code_shape", "The code has 6 digits.")}

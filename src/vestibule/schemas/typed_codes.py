"""Codes as people type them: with spaces and dashes, in digits of any script."""

from typing import Annotated

from msgspec import Meta

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.domain.typed_text import code_characters

TypedCode = Annotated[str, Meta(min_length=1, max_length=64)]
_DIGITS = 6


def six_digits(typed: str, field: str = "code") -> str:
    """Return the six ASCII digits that were typed. Raises ValidationFailed, naming `field`, for anything else."""
    plain = code_characters(typed)
    if len(plain) == _DIGITS and plain.isascii() and plain.isdecimal():
        return plain
    raise ValidationFailed(fields={field: FieldError("code_shape", "The code has 6 digits.")})

"""Decodes forms, which the OAuth endpoints take instead of JSON, to validated structs (RFC 6749 appendix B)."""

from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from vestibule.domain.errors import InvalidText, MalformedForm
from vestibule.http.json_body import convert, refuse_doubled

T = TypeVar("T", bound=msgspec.Struct)
_MOST_FIELDS = 20


def decode_form(raw: bytes, kind: type[T]) -> T:
    """Decode a form to a valid struct. Raises MalformedForm, InvalidText or ValidationFailed; repeated fields fail."""
    try:
        text = raw.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise MalformedForm(private=type(error).__name__) from error
    if any("\0" in part for pair in pairs for part in pair):
        raise InvalidText
    refuse_doubled((name for name, _ in pairs), "Send this field once.")
    return convert(dict(pairs), kind, strict=False)

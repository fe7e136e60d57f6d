"""Decodes forms, which the OAuth endpoints take instead of JSON, to validated structs (RFC 6749 appendix B)."""

from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from vestibule.domain.errors import InvalidRequest, ValidationFailed
from vestibule.http.json_body import convert, refuse_doubled

T = TypeVar("T", bound=msgspec.Struct)
_MOST_FIELDS = 20


def decode_form(raw: bytes, kind: type[T]) -> T:
    """Decode a form to a valid struct. A parameter without a value counts as omitted (RFC 6749 section 3.2). Raises
    InvalidRequest, with the fields, for whatever else is wrong (section 5.2): a parameter that is missing, repeated or
    too long, or a form that cannot be read.
    """
    pairs = _pairs(raw)
    try:
        refuse_doubled((name for name, _ in pairs), "Send this field once.")
        return convert({name: value for name, value in pairs if value}, kind, strict=False)
    except ValidationFailed as error:
        raise InvalidRequest(fields=error.fields) from error


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        text = raw.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise InvalidRequest(private=type(error).__name__) from error
    if any("\0" in part for pair in pairs for part in pair):
        raise InvalidRequest("The form holds a NUL character.")
    return pairs

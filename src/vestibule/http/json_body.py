"""From bytes to a checked struct, with every fault named.

msgspec is fast but stops at the first fault and accepts duplicate keys and NUL, so a raw pass refuses those and a
second pass collects the faults of all fields.
"""

import difflib
import json
from typing import Any, TypeVar, get_args

import msgspec

from vestibule.domain.errors import DuplicateKey, FieldError, InvalidText, MalformedJson, ValidationFailed

T = TypeVar("T", bound=msgspec.Struct)


def decode(raw: bytes, kind: type[T]) -> T:
    """A valid struct. Raises MalformedJson, DuplicateKey, InvalidText or ValidationFailed (all fields at once)."""
    return convert(_parse(raw), kind, strict=True)


def convert(values: Any, kind: type[T], *, strict: bool) -> T:
    """The same from plain values; `strict=False` reads the strings of a query as numbers and booleans."""
    if not isinstance(values, dict):
        raise MalformedJson("The body must be a JSON object.")
    if members := get_args(kind):
        kind = _member(values, members)
    try:
        return msgspec.convert(values, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise ValidationFailed(fields=_faults(values, kind, strict) or {"body": _fault(error)}) from error


def _member(values: dict[str, Any], members: tuple[type[T], ...]) -> type[T]:
    """The struct that the tag of a union names."""
    configs = {str(member.__struct_config__.tag): member for member in members}
    field = str(members[0].__struct_config__.tag_field)
    found = configs.get(values[field]) if isinstance(values.get(field), str) else None
    if found is None:
        fault = FieldError("invalid_value", f"Use one of {', '.join(configs)}.")
        raise ValidationFailed(fields={field: fault})
    return found


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedJson(private=type(error).__name__) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DuplicateKey(f'The key "{_shown(key)}" stands twice.')
        for text in (key, value):
            if isinstance(text, str):
                _check_text(key, text)
            elif isinstance(text, list):
                _check_list(key, text)
        found[key] = value
    return found


def _check_list(key: str, values: list[Any]) -> None:
    pending = list(values)
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            _check_text(key, value)
        elif isinstance(value, list):
            pending.extend(value)


def _check_text(key: str, text: str) -> None:
    broken = not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)
    if broken or "\0" in text:
        fault = FieldError("invalid_text", "Remove NUL characters and broken Unicode.")
        raise InvalidText(fields={_shown(key): fault})


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _faults(values: dict[str, Any], kind: type[msgspec.Struct], strict: bool) -> dict[str, FieldError]:
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    faults: dict[str, FieldError] = {}
    for name in values.keys() - known.keys() - {kind.__struct_config__.tag_field}:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else " Remove it."
        faults[_shown(name)] = FieldError("unknown_field", f"This field does not exist.{hint}")
    for name, field in known.items():
        if name not in values:
            if field.required:
                faults[name] = FieldError("required", "This field is required.")
            continue
        try:
            msgspec.convert(values[name], field.type, strict=strict)
        except msgspec.ValidationError as error:
            faults[name] = _fault(error)
    return faults


def _fault(error: msgspec.ValidationError) -> FieldError:
    sentence = str(error).partition(" - at ")[0].replace("`", "")
    code = "too_long" if "length <=" in sentence else "too_short" if "length >=" in sentence else "invalid_value"
    return FieldError(code, f"{sentence}.")


def _shown(name: object) -> str:
    return str(name)[:64].encode("ascii", "backslashreplace").decode().replace("\0", "\\0")

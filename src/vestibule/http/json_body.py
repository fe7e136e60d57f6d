"""Decodes JSON to validated structs, and names every validation error at once.

msgspec is fast but stops at the first error and accepts duplicate keys and NUL, so a raw pass refuses those and a
second pass collects the errors of all fields. Both passes are bounded: no answer grows with the request, and no work
grows faster than it (CWE-400, CWE-407).
"""

import difflib
import json
import math
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar, get_args

import msgspec

from vestibule.domain.errors import DuplicateKey, FieldError, InvalidText, MalformedJson, ValidationFailed
from vestibule.schemas.base import Input

T = TypeVar("T", bound=msgspec.Struct)
# Errors, by field, of rules that a schema cannot know.
Rules = Callable[[Any], Mapping[str, FieldError]]
Reshape = Callable[[dict[str, Any]], dict[str, Any]]

MOST_ERRORS = 20
_MOST_HINTS = 3
_LONGEST_NAME = 64
_LONGEST_SENTENCE = 200
_LONGEST_NUMBER = 40
# Bodies need five levels; libraries that handle deeper ones recurse, and overflow the stack before the parser does.
_MOST_LEVELS = 32
_NO_TEXT = "\0"  # equals no text that was sent: those have no NUL
_INVALID_TEXT = re.compile("[\0\ud800-\udfff]")
_MORE = f"Some fields need another value. The first {MOST_ERRORS} are named; there are more."


def decode(raw: bytes, kind: type[T], rules: Rules | None = None, *, reshape: Reshape | None = None) -> T:
    """Decode a JSON body, after `reshape` of its members, to a valid struct. Raises MalformedJson, DuplicateKey,
    InvalidText or ValidationFailed.
    """
    parsed = _parse(raw)
    return convert(reshape(parsed) if reshape and isinstance(parsed, dict) else parsed, kind, strict=True, rules=rules)


def convert(values: Any, kind: type[T], *, strict: bool, rules: Rules | None = None) -> T:
    """Convert plain values to a valid struct. `strict=False` accepts strings, as in a query, for numbers and booleans.
    `rules`: further rules, beside the struct's own.

    Raises MalformedJson, or ValidationFailed with all fields at once.
    """
    if not isinstance(values, dict):
        raise MalformedJson("The body must be a JSON object.")
    if members := get_args(kind):
        kind = _member(values, members)
    errors: dict[str, FieldError] = {}
    try:
        found = msgspec.convert(values, kind, strict=strict)
    except msgspec.ValidationError as error:
        errors = _field_errors(values, kind, strict) or {"body": _field_error(error)}
        found = _with_stand_ins(values, kind, errors, strict)
    broken = {**(found.rules() if isinstance(found, Input) else {}), **(rules(found) if rules else {})}
    if errors or broken:
        # Of a field that is wrong itself, and of its parts, the rules saw a stand-in.
        seen = {name: error for name, error in broken.items() if name.partition(".")[0] not in errors}
        raise _failed(_in_order({**seen, **errors}, kind))
    return found


def refuse_doubled(names: Iterable[str], sentence: str) -> None:
    """Raise ValidationFailed if a name comes twice: two programs could take two different values for it."""
    found = [name for name, count in Counter(names).items() if count > 1]
    if found:
        raise _failed({shown(name): FieldError("duplicate", sentence) for name in found[: MOST_ERRORS + 1]})


def shown(name: object) -> str:
    """Return a name that was sent in the form in which an answer may repeat it: printable ASCII, and short."""
    return str(name)[:_LONGEST_NAME].encode("unicode_escape").decode()[:_LONGEST_NAME]


def _failed(errors: dict[str, FieldError]) -> ValidationFailed:
    named = dict(islice(errors.items(), MOST_ERRORS))
    return ValidationFailed(_MORE if len(errors) > len(named) else "", fields=named)


def _in_order(errors: dict[str, FieldError], kind: type[msgspec.Struct]) -> dict[str, FieldError]:
    """The errors in the order of the fields; those of names that are no field stand last."""
    places = {field.encode_name: place for place, field in enumerate(msgspec.structs.fields(kind))}
    names = sorted(errors, key=lambda name: places.get(name.partition(".")[0], len(places)))
    return {name: errors[name] for name in names}


def _with_stand_ins(values: dict[str, Any], kind: type[T], errors: Mapping[str, FieldError], strict: bool) -> T:
    """The struct with a stand-in for each field that has an error, so that rules can look at the other fields."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name in errors:
            found[field.name] = _stand_in(field)
        elif field.encode_name in values:
            found[field.name] = msgspec.convert(values[field.encode_name], field.type, strict=strict)
    return kind(**found)


def _stand_in(field: msgspec.structs.FieldInfo) -> Any:
    """A text where the field takes one, so that it does not count as missing; else its default."""
    with suppress(msgspec.ValidationError):
        return msgspec.convert(_NO_TEXT, field.type)
    return field.default_factory() if callable(field.default_factory) else field.default


def _member(values: dict[str, Any], members: tuple[type[T], ...]) -> type[T]:
    """The struct that the tag names, out of a union. Raises ValidationFailed."""
    configs = {str(member.__struct_config__.tag): member for member in members}
    field = str(members[0].__struct_config__.tag_field)
    found = configs.get(values[field]) if isinstance(values.get(field), str) else None
    if found is None:
        error = FieldError("invalid_value", f"Use one of {', '.join(configs)}.")
        raise ValidationFailed(fields={field: error})
    return found


def _parse(raw: bytes) -> Any:
    try:
        parsed = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedJson(private=type(error).__name__) from error
    _check_levels(parsed)
    _check_texts(parsed)
    return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DuplicateKey(f'The key "{shown(key)}" stands twice.')
        found[key] = value
    return found


def _check_texts(parsed: Any) -> None:
    """Refuse texts that no database stores alike. Raises InvalidText with the names that they stand under."""
    names = list(islice(dict.fromkeys(_names_of_invalid_texts(parsed)), MOST_ERRORS))
    if names:
        error = FieldError("invalid_text", "Remove NUL characters and broken Unicode.")
        raise InvalidText(fields=dict.fromkeys(names, error))


def _names_of_invalid_texts(parsed: Any) -> Iterator[str]:
    pending = deque([("body", parsed)])
    while pending:
        name, value = pending.popleft()
        if isinstance(value, dict):
            yield from (shown(key) for key in value if _INVALID_TEXT.search(key))
            pending.extend(value.items())
        elif isinstance(value, list):
            pending.extend((name, part) for part in value)
        elif isinstance(value, str) and _INVALID_TEXT.search(value):
            yield shown(name)


def _check_levels(parsed: Any) -> None:
    level = [parsed]
    for _ in range(_MOST_LEVELS):
        level = [part for value in level for part in _parts(value)]
        if not level:
            return
    raise MalformedJson(f"The body is nested more than {_MOST_LEVELS} levels deep.")


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("more digits than any number here has")
    return int(digits)


def _fraction(digits: str) -> float:
    """JSON has no infinity (RFC 8259 section 6), but `1e999` would become one."""
    found = float(digits)
    if math.isinf(found) or len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number that no float holds")
    return found


def _field_errors(values: dict[str, Any], kind: type[msgspec.Struct], strict: bool) -> dict[str, FieldError]:
    """The errors by field, missing and wrong fields before unknown ones; at most one more than an answer names."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    sentences = kind.REQUIRED if issubclass(kind, Input) else {}
    found = dict(islice(_wrong(values, fields, sentences, strict), MOST_ERRORS + 1))
    if kind.__struct_config__.forbid_unknown_fields:
        unknown = (name for name in values if name not in fields and name != kind.__struct_config__.tag_field)
        for place, name in enumerate(islice(unknown, MOST_ERRORS + 1 - len(found))):
            hint = _hint(name, fields) if place < _MOST_HINTS else " Remove it."
            found[shown(name)] = FieldError("unknown_field", f"This field does not exist.{hint}")
    return found


def _wrong(
    values: dict[str, Any], fields: dict[str, Any], sentences: Mapping[str, str], strict: bool
) -> Iterator[tuple[str, FieldError]]:
    for name, field in fields.items():
        if name not in values:
            if field.required:
                yield name, _required(name, sentences)
            continue
        try:
            msgspec.convert(values[name], field.type, strict=strict)
        except msgspec.ValidationError as error:
            is_missing = values[name] is None and name in sentences
            yield name, _required(name, sentences) if is_missing else _field_error(error)


def _required(name: str, sentences: Mapping[str, str]) -> FieldError:
    return FieldError("required", sentences.get(name, "This field is required."))


def _hint(name: str, fields: Iterable[str]) -> str:
    """A suggestion for an unknown name. Comparing costs the product of both lengths, so long names get none."""
    near = difflib.get_close_matches(name, fields, n=1) if len(name) <= _LONGEST_NAME else []
    return f' Did you mean "{near[0]}"?' if near else " Remove it."


def _field_error(error: msgspec.ValidationError) -> FieldError:
    """The error of one field. The sentence quotes what was sent, so it is cut to a fixed length."""
    sentence = str(error)[:_LONGEST_SENTENCE].partition(" - at ")[0].replace("`", "")
    code = "too_long" if "length <=" in sentence else "too_short" if "length >=" in sentence else "invalid_value"
    return FieldError(code, f"{sentence}.")

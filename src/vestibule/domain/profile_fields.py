"""Further fields of a user's profile, which operators declare: `plan:choice(free|pro), phone:text:5-30?`.

A declaration is a name, a kind, its choices or bounds, and `?` for an optional field. Values are stored typed, as JSON:
text, a number, true or false. A value is shown only while its field is declared and takes it; what a field that was
taken away holds is kept.
"""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from vestibule.domain.errors import FieldError
from vestibule.domain.shown_text import parse_line

Value = str | int | float | bool

MEMBER = "profile"
_MOST_NAMED = 20
_LONGEST_NAME = 64
_MOST_HINTS = 3
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)


class FieldKind(StrEnum):
    """The kinds of fields, as they stand in a declaration."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileField:
    """One declared field. `minimum`, `maximum`: of a text's length in characters, or of a number. `choices`: the texts
    that a choice may be.
    """

    name: str
    kind: FieldKind
    required: bool = True
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()

    def parse(self, value: object) -> Value | FieldError | None:
        """Return a sent value as it is stored; None for null and empty text, which are no value. Returns the validation
        error for a value that the field does not take, or for none where one is required.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return FieldError("required", "This field is required.") if self.required else None
        match self.kind:
            case FieldKind.TEXT:
                return self._text(value)
            case FieldKind.CHOICE:
                return value if isinstance(value, str) and value in self.choices else self._no_choice()
            case FieldKind.NUMBER:
                return self._number(value)
            case FieldKind.BOOLEAN:
                return value if isinstance(value, bool) else FieldError("invalid_boolean", "Use true or false.")
            case FieldKind.DATE:
                return _date(value)

    def _text(self, value: object) -> str | FieldError:
        if not isinstance(value, str):
            return FieldError("invalid_value", "Use a text.")
        return parse_line(value, self.minimum or 1, self.maximum or 1)

    def _number(self, value: object) -> int | float | FieldError:
        least, most = self.minimum or 0, self.maximum or 0
        # A boolean is a number in Python, and in no JSON document.
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return value
        return FieldError("invalid_number", f"Use a number from {least} to {most}.")

    def _no_choice(self) -> FieldError:
        return FieldError("invalid_choice", f"Use one of {', '.join(self.choices)}.")


@dataclass(frozen=True, slots=True)
class ProfileFields:
    """All declared fields, in the order in which pages ask for them."""

    fields: tuple[ProfileField, ...] = ()
    _by_name: Mapping[str, ProfileField] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {declared.name: declared for declared in self.fields})

    def parse(
        self, sent: Mapping[str, object], *, complete: bool
    ) -> tuple[dict[str, Value | None], dict[str, FieldError]]:
        """Parse sent values. Returns the values by field, None for a value to remove, and the validation errors by
        member (`profile.plan`). `complete`: required fields that were not sent are errors too.
        """
        wanted = self._by_name if complete else [name for name in self._by_name if name in sent]
        parsed = {name: self._by_name[name].parse(sent.get(name)) for name in wanted}
        errors = {f"{MEMBER}.{name}": found for name, found in parsed.items() if isinstance(found, FieldError)}
        values = {name: found for name, found in parsed.items() if not isinstance(found, FieldError)}
        return values, errors | self._unknown(sent)

    def shown(self, stored: str) -> dict[str, Value]:
        """Return the values to show out of a stored JSON object: those of declared fields that take them."""
        values = json.loads(stored) if self.fields else {}
        parsed = {name: declared.parse(values.get(name)) for name, declared in self._by_name.items()}
        return {name: value for name, value in parsed.items() if isinstance(value, str | int | float)}

    def nested(self, members: Mapping[str, object]) -> dict[str, object]:
        """Return the members of a flat request with those that are declared fields moved into the member `profile`.
        One that stands there already stays where it is, so that the schema refuses it.
        """
        inner = members.get(MEMBER, {})
        if not isinstance(inner, Mapping):
            return dict(members)
        flat = {name for name in members if name in self._by_name and name not in inner}
        if not flat:
            return dict(members)
        rest = {name: value for name, value in members.items() if name not in flat}
        return {**rest, MEMBER: {**inner, **{name: members[name] for name in flat}}}

    def _unknown(self, sent: Mapping[str, object]) -> dict[str, FieldError]:
        names = [name for name in sent if name not in self._by_name][:_MOST_NAMED]
        return {f"{MEMBER}.{_printable(name)}": self._no_field(name, place) for place, name in enumerate(names)}

    def _no_field(self, name: str, place: int) -> FieldError:
        """The error of an unknown name. Comparing costs the product of both lengths, so few and short ones are."""
        compared = place < _MOST_HINTS and len(name) <= _LONGEST_NAME
        near = difflib.get_close_matches(name, self._by_name, n=1) if compared else []
        hint = f'Did you mean "{near[0]}"?' if near else "Remove it."
        return FieldError("unknown_field", f"This field does not exist. {hint}")


NO_FIELDS = ProfileFields()


def merged(stored: str, values: Mapping[str, Value | None]) -> str:
    """Return a stored JSON object with new values; None removes one. What it holds of other fields stays."""
    changed = json.loads(stored) | values
    return json.dumps({name: value for name, value in changed.items() if value is not None}, ensure_ascii=False)


def _date(value: object) -> str | FieldError:
    error = FieldError("invalid_date", "Use a date such as 2027-01-31.")
    if not isinstance(value, str) or not _DAY.match(value):
        return error
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return error


def _printable(name: str) -> str:
    """Return a name that was sent as an answer may repeat it: printable ASCII, and short."""
    return name[:_LONGEST_NAME].encode("unicode_escape").decode()[:_LONGEST_NAME]

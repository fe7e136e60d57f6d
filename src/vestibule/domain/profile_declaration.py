"""Parses the declaration of profile fields, such as `plan:choice(free|pro), phone:text:5-30?, age:number:0-150?`."""

import difflib
import re
from collections.abc import Sequence

from vestibule.domain.profile_fields import FieldKind, ProfileField, ProfileFields
from vestibule.domain.shown_text import parse_line

MOST_FIELDS = 20
_MOST_CHOICES = 50
_LONGEST_CHOICE = 60
_LONGEST_TEXT = 1000
_TEXT = (1, 200)
_NUMBER = (-(2**53 - 1), 2**53 - 1)  # what every JSON library reads exactly (RFC 8259 section 6)
_SHAPE = re.compile(
    r"(?P<name>[^:]*):\s*(?P<kind>\w+)\s*(\((?P<choices>[^()]*)\))?\s*(:\s*(?P<bounds>[^?:()]*))?(?P<optional>\?)?\Z"
)
_NAME = re.compile(r"[a-z][A-Za-z0-9]{0,39}\Z")
_BOUNDS = re.compile(r"(-?\d{1,16})\s*-\s*(-?\d{1,16})\s*\Z", re.ASCII)
_BOUNDED = (FieldKind.TEXT, FieldKind.NUMBER)
_EXPECTED = "fields such as `plan:choice(free|pro), phone:text:5-30?, age:number:0-150?, news:boolean?, born:date`"

# What the API calls members of users and of requests about them, here and in the reference systems, and what every
# object of JavaScript has: a field of such a name would be mistaken for it, or keep a secret among what pages show.
_TAKEN = """
    id username email emailVerified userEmail name firstName lastName locale timeZone roles role createdAt lastLoginAt
    profile metadata user userId sessionId deviceId sessionType credential token accessToken refreshToken secret
    password currentPassword newPassword confirmPassword passwordHash
    constructor prototype hasOwnProperty isPrototypeOf propertyIsEnumerable toString toLocaleString valueOf toJSON then
"""
RESERVED = frozenset(_TAKEN.split())
_RESERVED = {name.casefold(): name for name in RESERVED}


class DeclarationError(ValueError):
    """A declaration that cannot be used: what was declared, what is expected, and how to fix it."""

    def __init__(self, got: str, expected: str, fix: str) -> None:
        super().__init__(expected)
        self.got = got
        self.expected = expected
        self.fix = fix


def parse_declaration(text: str) -> ProfileFields:
    """Parse fields between commas or on lines of their own. Raises DeclarationError, which names the first that is
    wrong.
    """
    parts = [part.strip() for part in re.split(r"[,\n]", text)]
    fields = tuple(_field(part) for part in parts if part)
    if len(fields) > MOST_FIELDS:
        fix = "Keep further values in your application, by the user's id."
        raise DeclarationError(f"{len(fields)} fields", f"at most {MOST_FIELDS} fields", fix)
    names = [found.name for found in fields]
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"`{name}` twice", "every field once", "Remove one of the two, or rename it.")
    return ProfileFields(fields)


def _field(part: str) -> ProfileField:
    found = _SHAPE.match(part)
    if found is None:
        raise DeclarationError(f"`{part}`", _EXPECTED, "Write name:kind, then choices or bounds, then ? if optional.")
    name, kind = _name(found["name"].strip(), part), _kind(found["kind"], part)
    minimum, maximum = _bounds(kind, found["bounds"], part)
    return ProfileField(
        name=name,
        kind=kind,
        required=found["optional"] is None,
        minimum=minimum,
        maximum=maximum,
        choices=_choices(kind, found["choices"], part),
    )


def _name(name: str, part: str) -> str:
    if not _NAME.match(name):
        expected = "a name in camelCase: a small letter, then at most 39 letters and digits, such as phoneNumber"
        raise DeclarationError(f"`{part}`", expected, "Rename the field.")
    if taken := _RESERVED.get(name.casefold()):
        expected = f"a name that is not the API's own, as `{taken}` is"
        raise DeclarationError(f"`{part}`", expected, "Rename the field, or use the API's member.")
    return name


def _kind(kind: str, part: str) -> FieldKind:
    if kind in set(FieldKind):
        return FieldKind(kind)
    near = difflib.get_close_matches(kind, list(FieldKind), n=1)
    fix = f"Did you mean {near[0]}?" if near else "Choose the kind that fits; text takes anything on one line."
    raise DeclarationError(f"`{part}`", f"a kind: {', '.join(FieldKind)}", fix)


def _bounds(kind: FieldKind, bounds: str | None, part: str) -> tuple[int | None, int | None]:
    if kind not in _BOUNDED:
        if bounds is not None:
            raise DeclarationError(f"`{part}`", "bounds at text and number only", "Remove what stands after the colon.")
        return None, None
    lowest, highest = (1, _LONGEST_TEXT) if kind is FieldKind.TEXT else _NUMBER
    if bounds is None:
        return _TEXT if kind is FieldKind.TEXT else _NUMBER
    found = _BOUNDS.match(bounds.strip())
    least, most = (int(found[1]), int(found[2])) if found else (1, 0)
    if not lowest <= least <= most <= highest:
        expected = f"bounds from {lowest} to {highest}, the smaller one first, such as {kind}:5-30"
        raise DeclarationError(f"`{part}`", expected, "Write both bounds, with a dash between them.")
    return least, most


def _choices(kind: FieldKind, text: str | None, part: str) -> tuple[str, ...]:
    if kind is not FieldKind.CHOICE:
        if text is not None:
            raise DeclarationError(f"`{part}`", "choices at choice only", "Remove the brackets, or write choice(a|b).")
        return ()
    choices = [choice.strip() for choice in (text or "").split("|")]
    expected = f"2 to {_MOST_CHOICES} different choices between |, each of 1 to {_LONGEST_CHOICE} characters"
    if not 2 <= len(choices) <= _MOST_CHOICES or len(set(choices)) < len(choices) or not _are_lines(choices):
        raise DeclarationError(f"`{part}`", expected, "Write them as in choice(free|pro).")
    return tuple(choices)


def _are_lines(choices: Sequence[str]) -> bool:
    return all(choice and parse_line(choice, 1, _LONGEST_CHOICE) == choice for choice in choices)

"""Declared profile fields: what may be declared, and which values each kind takes."""

import pytest

from vestibule.domain.profile_declaration import RESERVED, DeclarationError, parse_declaration
from vestibule.domain.profile_fields import FieldKind, merged
from vestibule.schemas.account import AccountChange
from vestibule.schemas.registration import PasskeyRegistrationRequest, RegistrationRequest
from vestibule.schemas.users import SafeUser

WHOLE = "plan:choice(free|pro), phone:text:5-30?, age:number:0-150?, news:boolean?, born:date?"
MEMBERS = sorted(
    {
        name
        for schema in (SafeUser, RegistrationRequest, PasskeyRegistrationRequest, AccountChange)
        for name in schema.__struct_encode_fields__
    }
)
WRONG = {
    "plan": "Write name:kind",
    "plan:": "Write name:kind",
    ":text": "Rename the field.",
    "plan:colour": "Choose the kind",
    "plan:txt": "Did you mean text?",
    "plan:choices(a|b)": "Did you mean choice?",
    "Plan:text": "Rename the field.",
    "my plan:text": "Rename the field.",
    "my_plan:text": "Rename the field.",
    "1plan:text": "Rename the field.",
    "plän:text": "Rename the field.",
    "__proto__:text": "Rename the field.",
    f"p{'x' * 40}:text": "Rename the field.",
    "plan:choice": "Write them as in choice(free|pro).",
    "plan:choice()": "Write them as in choice(free|pro).",
    "plan:choice(free)": "Write them as in choice(free|pro).",
    "plan:choice(free|free)": "Write them as in choice(free|pro).",
    "plan:choice(free|)": "Write them as in choice(free|pro).",
    "plan:choice(a|b\u202e)": "Write them as in choice(free|pro).",
    f"plan:choice(a|{'x' * 61})": "Write them as in choice(free|pro).",
    f"plan:choice({'|'.join(map(str, range(51)))})": "Write them as in choice(free|pro).",
    "plan:choice(a|b):1-2": "Remove what stands after the colon.",
    "plan:text(a|b)": "Remove the brackets, or write choice(a|b).",
    "plan:boolean:0-1": "Remove what stands after the colon.",
    "plan:date:1-2": "Remove what stands after the colon.",
    "plan:text:": "Write both bounds, with a dash between them.",
    "plan:text:5": "Write both bounds, with a dash between them.",
    "plan:text:5-": "Write both bounds, with a dash between them.",
    "plan:text:30-5": "Write both bounds, with a dash between them.",
    "plan:text:0-5": "Write both bounds, with a dash between them.",
    "plan:text:1-1001": "Write both bounds, with a dash between them.",
    "plan:number:0.5-1": "Write both bounds, with a dash between them.",
    "plan:number:0-9007199254740992": "Write both bounds, with a dash between them.",
    "plan:text??": "Write name:kind",
    "plan:text? phone:text": "Write name:kind",
    "plan:choice(a,b)": "Write name:kind",
    "plan:text, plan:date": "Remove one of the two, or rename it.",
    ",".join(f"f{n}:text" for n in range(21)): "Keep further values",
}


def field(declaration):
    (found,) = parse_declaration(declaration).fields
    return found


def code_of(parsed):
    return getattr(parsed, "code", None)


class TestDeclarations:
    def test_name_kind_bounds_choices_and_whether_a_value_is_needed(self):
        fields = parse_declaration(WHOLE).fields
        assert [(f.name, f.kind, f.required, f.minimum, f.maximum, f.choices) for f in fields] == [
            ("plan", FieldKind.CHOICE, True, None, None, ("free", "pro")),
            ("phone", FieldKind.TEXT, False, 5, 30, ()),
            ("age", FieldKind.NUMBER, False, 0, 150, ()),
            ("news", FieldKind.BOOLEAN, False, None, None, ()),
            ("born", FieldKind.DATE, False, None, None, ()),
        ]

    @pytest.mark.parametrize("text", ["", " ", ",", "\n,\n"])
    def test_of_nothing_are_no_fields(self, text):
        assert parse_declaration(text).fields == ()

    def test_may_stand_on_lines_and_with_spaces(self):
        spaced = " plan : choice( free | pro )\n phone : text : 5 - 30 ?,\n age: number :-10--5"
        assert parse_declaration(spaced) == parse_declaration(
            "plan:choice(free|pro),phone:text:5-30?,age:number:-10--5"
        )

    def test_of_twenty_fields_are_the_most(self):
        assert len(parse_declaration(",".join(f"f{n}:text" for n in range(20))).fields) == 20

    @pytest.mark.parametrize(("text", "fix"), WRONG.items())
    def test_that_are_wrong_say_what_was_given_what_is_expected_and_how_to_mend_it(self, text, fix):
        with pytest.raises(DeclarationError) as caught:
            parse_declaration(f"company:text?, {text}")
        assert caught.value.fix.startswith(fix)
        assert caught.value.expected
        assert "`company" not in caught.value.got

    @pytest.mark.parametrize("name", [*MEMBERS, "token", "confirmPassword", "constructor", "toString", "firstname"])
    def test_never_take_the_name_of_a_member_that_the_api_has(self, name):
        with pytest.raises(DeclarationError, match="not the API's own"):
            parse_declaration(f"{name}:text")

    def test_the_list_of_those_names_has_no_other_spelling_of_one(self):
        assert len({name.casefold() for name in RESERVED}) == len(RESERVED)


class TestValues:
    @pytest.mark.parametrize(
        ("declaration", "value", "stored"),
        [
            ("x:text", "Ada", "Ada"),
            ("x:text", "  Ada ", "Ada"),
            ("x:text:1-3", "e\u0301" * 3, "\u00e9" * 3),
            ("x:text", "<b>&'\"=1+1", "<b>&'\"=1+1"),
            ("x:choice(free|pro)", "pro", "pro"),
            ("x:number", 0, 0),
            ("x:number", -1.5, -1.5),
            ("x:number:1-5", 5, 5),
            ("x:number", 2**53 - 1, 2**53 - 1),
            ("x:boolean", True, True),
            ("x:boolean", False, False),
            ("x:date", "2024-02-29", "2024-02-29"),
        ],
    )
    def test_of_a_kind_are_stored_typed(self, declaration, value, stored):
        parsed = field(declaration).parse(value)
        assert (parsed, type(parsed)) == (stored, type(stored))

    @pytest.mark.parametrize(
        ("declaration", "value", "code"),
        [
            ("x:text:2-3", "a", "text_length"),
            ("x:text:2-3", "abcd", "text_length"),
            ("x:text", "a\nb", "text_characters"),
            ("x:text", "a\u202eb", "text_characters"),
            ("x:text", 1, "invalid_value"),
            ("x:text", ["a"], "invalid_value"),
            ("x:choice(free|pro)", "Pro", "invalid_choice"),
            ("x:choice(free|pro)", "pro ", "invalid_choice"),
            ("x:choice(free|pro)", ["pro"], "invalid_choice"),
            ("x:choice(free|pro)", {"a": 1}, "invalid_choice"),
            ("x:choice(0|1)", True, "invalid_choice"),
            ("x:choice(0|1)", 1, "invalid_choice"),
            ("x:number", "1", "invalid_number"),
            ("x:number", True, "invalid_number"),
            ("x:number:1-5", 5.1, "invalid_number"),
            ("x:number", 2**53, "invalid_number"),
            ("x:number", 10**400, "invalid_number"),
            ("x:number", float("nan"), "invalid_number"),
            ("x:number", float("inf"), "invalid_number"),
            ("x:number", float("-inf"), "invalid_number"),
            ("x:number", [1], "invalid_number"),
            ("x:boolean", 1, "invalid_boolean"),
            ("x:boolean", "true", "invalid_boolean"),
            ("x:date", "2023-02-29", "invalid_date"),
            ("x:date", "20240229", "invalid_date"),
            ("x:date", "2024-W09-4", "invalid_date"),
            ("x:date", "2024-02-29T00:00:00", "invalid_date"),
            ("x:date", "2024-02-29\n", "invalid_date"),
            ("x:date", "\u0662\u0660\u0662\u0664-02-29", "invalid_date"),
            ("x:date", "0000-01-01", "invalid_date"),
            ("x:date", 20240229, "invalid_date"),
        ],
    )
    def test_of_another_kind_or_beyond_the_bounds_are_refused(self, declaration, value, code):
        assert code_of(field(declaration).parse(value)) == code
        assert code_of(field(declaration + "?").parse(value)) == code

    @pytest.mark.parametrize("nothing", [None, "", "   "])
    @pytest.mark.parametrize("kind", ["text", "choice(a|b)", "number", "boolean", "date"])
    def test_null_and_empty_text_are_no_value(self, kind, nothing):
        assert field(f"x:{kind}?").parse(nothing) is None
        assert code_of(field(f"x:{kind}").parse(nothing)) == "required"


class TestAllFields:
    FIELDS = parse_declaration(WHOLE)

    def test_a_whole_request_needs_the_required_ones_and_a_change_does_not(self):
        assert list(self.FIELDS.parse({}, complete=True)[1]) == ["profile.plan"]
        assert self.FIELDS.parse({}, complete=False) == ({}, {})

    def test_a_change_does_not_take_a_required_value_away(self):
        assert list(self.FIELDS.parse({"plan": None}, complete=False)[1]) == ["profile.plan"]
        assert self.FIELDS.parse({"phone": None}, complete=False) == ({"phone": None}, {})

    def test_every_wrong_value_is_named_at_once(self):
        errors = self.FIELDS.parse({"plan": "x", "phone": "1", "age": "x", "news": 1, "born": "x"}, complete=True)[1]
        assert list(errors) == [f"profile.{name}" for name in ("plan", "phone", "age", "news", "born")]

    def test_unknown_ones_are_refused_with_the_nearest_name(self):
        errors = self.FIELDS.parse({"plan": "pro", "phnoe": "12345"}, complete=True)[1]
        assert errors["profile.phnoe"].message == 'This field does not exist. Did you mean "phone"?'
        assert self.FIELDS.parse({"zzz": 1}, complete=False)[1]["profile.zzz"].message.endswith("Remove it.")

    def test_very_many_and_very_long_unknown_names_make_a_short_answer(self):
        sent = {f"{n}\u202e" + "x" * 60_000: n for n in range(500)}
        errors = self.FIELDS.parse(sent, complete=False)[1]
        assert len(errors) <= 20
        assert all(len(name) < 80 and name.isascii() for name in errors)

    def test_only_declared_values_that_still_fit_are_shown(self):
        stored = '{"plan": "gold", "phone": "123456", "age": "old", "news": false, "gone": 1}'
        assert self.FIELDS.shown(stored) == {"phone": "123456", "news": False}

    def test_a_change_keeps_what_other_fields_hold(self):
        changed = merged('{"gone": 1, "phone": "123456", "plan": "free"}', {"phone": None, "plan": "pro"})
        assert changed == '{"gone": 1, "plan": "pro"}'

    def test_flat_members_are_nested_for_requests_in_the_form_of_others(self):
        flat = {"email": "a@b.example", "plan": "pro", "phone": "12345"}
        nested = self.FIELDS.nested(flat)
        assert nested == {"email": "a@b.example", "profile": {"plan": "pro", "phone": "12345"}}
        assert self.FIELDS.nested({"email": "x"}) == {"email": "x"}

    def test_a_value_that_stands_twice_stays_for_the_schema_to_refuse(self):
        twice = {"plan": "pro", "profile": {"plan": "free"}}
        assert self.FIELDS.nested(twice) == twice
        assert self.FIELDS.nested({"plan": "pro", "profile": 5}) == {"plan": "pro", "profile": 5}

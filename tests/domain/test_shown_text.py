"""Text that other people see is one visible line: it turns no direction, breaks no line and does not look like nothing."""

import unicodedata

import pytest

from vestibule.domain.shown_text import CHARACTERS, parse_line

GOOD = (
    "Ada",
    "Ada Lovelace",
    "O'Neil-Smith, Jr. (3rd)",
    "José María Núñez",
    "Łukasz Żółć",
    "山田 太郎",
    "김철수",
    "Владимир",
    "أحمد محمد",
    "שרה כהן",
    "नमस्ते क्\u200dष",  # a joiner between letters of Hindi
    "می\u200cخواهم",  # a non-joiner between letters of Persian
    "👩\u200d🚀 Ada",
    "<b>Ada</b>",
    "=1+1",
    "Ada\u3000Lovelace",
    "1",
)
REFUSED = (
    "nul\0here",
    "a\nb",
    "a\r\nSet-Cookie: x",
    "a\tb",
    "\x1b[31mred",
    "\x7f",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
    "\u202egnp.exe",
    "a\u202ab",
    "a\u2066b\u2069",
    "a\u200eb",
    "a\u200fb",
    "a\u061cb",
    "zero\u200bwidth",
    "\ufeffAda",
    "soft\u00adhyphen",
    "tag\U000e0041",
    "private\ue000",
    "non\uffffcharacter",
    "lone\ud800",
    "\u3164",
    "Ada\u3164",
    "\u2800\u2800",
    "\u200d",
    "\u200c\u200d",
    "\u0301",
    "\ufe0f",
    "\u034f",
)
SPACES = (" ", "\u00a0", "\u2003", "\u3000", "\u202f")


class TestLines:
    @pytest.mark.parametrize("text", GOOD)
    def test_of_every_script_stay_as_they_are(self, text):
        assert parse_line(text, 1, 100) == unicodedata.normalize("NFC", text)

    @pytest.mark.parametrize("text", REFUSED)
    def test_that_deceive_are_refused(self, text):
        assert parse_line(text, 1, 100) == CHARACTERS
        assert parse_line(f"Ada {text}", 1, 100) == CHARACTERS or not _hides(text)

    def test_of_all_of_unicode_no_control_or_format_character_gets_through_but_the_two_joiners(self):
        through = {
            sign
            for sign in map(chr, range(0x110000))
            if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
            and parse_line(f"a{sign}b", 1, 100) != CHARACTERS
        }
        assert through == {"\u200c", "\u200d"}

    @pytest.mark.parametrize("space", SPACES)
    def test_lose_the_spaces_around_them_and_are_empty_without_more(self, space):
        assert parse_line(f"{space}Ada{space * 2}", 1, 3) == "Ada"
        assert parse_line(space * 500, 1, 100) == ""

    def test_are_composed_before_they_are_measured(self):
        assert parse_line("e\u0301" * 100, 1, 100) == "\u00e9" * 100

    @pytest.mark.parametrize(
        ("text", "error"), [("a" * 100, None), ("a" * 101, "text_length"), ("\u0958" * 51, "text_length")]
    )
    def test_are_measured_as_they_are_stored(self, text, error):
        parsed = parse_line(text, 1, 100)
        assert (None if isinstance(parsed, str) else parsed.code) == error

    def test_that_are_too_long_say_how_long_they_may_be(self):
        assert parse_line("abcdef", 2, 5).message == "Use 2 to 5 characters."


def _hides(text):
    """Whether a text is refused for what is in it, and not because nothing else is."""
    return any(unicodedata.category(sign)[0] in "CZ" and sign not in "\u200c\u200d" for sign in text)

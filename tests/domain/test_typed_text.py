"""What keyboards make of one text: passwords keep their meaning, codes come out as they were issued."""

import unicodedata

import pytest

from vestibule.domain.typed_text import code_characters, normalized_password, password_forms

DIGIT_ZEROS = "0٠۰०০੦૦௦๐０𝟎᠐"
SEPARATORS = " -\u00a0\u2007\u2009\u202f\u3000\t\n\u00ad\u200b\u200e\u200f\u2010\u2011\u2013\u2014\u2212\u30fc\uff0d\uff70_.,:·\ufeff"


class TestPasswords:
    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    @pytest.mark.parametrize("text", ["Zoë straße", "Tiếng Việt", "Ångström", "비밀번호입니다", "ή γλώσσα", "क़ानून"])
    def test_either_canonical_form_is_the_same_password(self, text, form):
        assert normalized_password(unicodedata.normalize(form, text)) == normalized_password(text)

    @pytest.mark.parametrize("space", [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) == "Zs"])
    def test_every_space_is_a_space(self, space):
        assert normalized_password(f"é{space}b{space}") == "é b "

    @pytest.mark.parametrize("other", ["Straße ", "straße", "STRASSE", "Ｓtraße", "Strasse", " Straße"])
    def test_case_width_and_spaces_around_stay_what_was_typed(self, other):
        assert normalized_password(other) != normalized_password("Straße")

    @pytest.mark.parametrize(
        "text", ["", "plain ascii", "é", "e\u0301", "a\u3000é", "\u0344\u0344", "\u0378", "\ue000"]
    )
    def test_normalizing_twice_changes_nothing_more(self, text):
        once = normalized_password(text)
        assert normalized_password(once) == once
        assert password_forms(text) == ((once,) if once == text else (once, text))


class TestCodes:
    @pytest.mark.parametrize("zero", DIGIT_ZEROS)
    def test_digits_of_every_script_are_digits(self, zero):
        typed = "".join(chr(ord(zero) + value) for value in (1, 2, 3, 4, 5, 6))
        assert code_characters(typed) == "123456"

    @pytest.mark.parametrize("between", SEPARATORS)
    def test_what_stands_between_them_does_not_count(self, between):
        assert code_characters(f"{between}Ab3{between}x9Z{between}") == "ab3x9z"

    def test_wide_letters_are_letters(self):
        assert code_characters("ＡＢ１２") == "ab12"

    @pytest.mark.parametrize("typed", ["12345б", "12345٫6x", "abcdef"])
    def test_letters_are_kept_so_that_they_make_it_wrong(self, typed):
        assert not code_characters(typed).isdecimal()

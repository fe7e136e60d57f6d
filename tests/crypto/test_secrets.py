"""Shapes, seals and hashes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.crypto import tokens
from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.entropy import SystemEntropy, below, digits, new_id
from vestibule.crypto.keyring import Keyring
from vestibule.crypto.passwords import HashPolicy, PasswordHashes
from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.crypto.tokens import TokenHasher

ENTROPY = SystemEntropy()
HASHER = TokenHasher((b"k" * 32,), ENTROPY)


class TestTokens:
    def test_have_a_shape_and_are_stored_as_another(self):
        token = HASHER.new(tokens.SESSION)
        assert re.fullmatch(r"vst_ses_[0-9A-Za-z]{49}", token)
        assert HASHER.hashes(tokens.SESSION, token) == (HASHER.digest(tokens.SESSION, token),)
        assert token[8:] not in HASHER.digest(tokens.SESSION, token)

    def test_the_kind_is_part_of_the_hash(self):
        assert HASHER.digest("ses", "x") != HASHER.digest("ref", "x")

    @given(st.text(max_size=80))
    def test_other_text_has_no_hash(self, text):
        assert HASHER.hashes(tokens.SESSION, text) == ()

    @given(st.integers(8, 56), st.sampled_from("0aZ"))
    def test_a_changed_character_is_noticed_before_the_database_is_asked(self, place, character):
        token = HASHER.new(tokens.SESSION)
        changed = token[:place] + character + token[place + 1 :]
        assert (HASHER.hashes(tokens.SESSION, changed) == ()) == (changed != token)


class TestSealing:
    def test_opens_in_its_own_row_only(self):
        sealer = Sealer(Keyring("m" * 40).derive("a"), ENTROPY)
        sealed = sealer.seal("plain text", row="row_1")
        assert "plain" not in sealed
        assert sealer.unseal(sealed, row="row_1") == "plain text"
        for other, row in ((sealer, "row_2"), (Sealer(Keyring("m" * 40).derive("b"), ENTROPY), "row_1")):
            with pytest.raises(CannotUnseal):
                other.unseal(sealed, row=row)

    @given(st.text(max_size=60))
    def test_nonsense_is_refused(self, text):
        with pytest.raises(CannotUnseal):
            Sealer((b"k" * 32,), ENTROPY).unseal(text, row="row_1")


class TestCsrf:
    @given(st.text(max_size=80))
    def test_nonsense_never_matches(self, text):
        assert not CsrfTokens((b"k" * 32,), ENTROPY).matches(text, "session_1")

    def test_works_for_its_binding_only(self):
        csrf = CsrfTokens((b"k" * 32,), ENTROPY)
        token = csrf.new("session_1")
        assert csrf.matches(token, "session_1")
        assert not csrf.matches(token, "session_2")


class TestIds:
    def test_sort_by_time_to_the_microsecond(self):
        made = [new_id("user", 1_800_000_000_000_000 + n, ENTROPY) for n in range(2000)]
        assert made == sorted(made)
        assert all(re.fullmatch(r"user_[0-7][0-9a-hjkmnp-tv-z]{25}", one) for one in made)

    def test_digits_are_six_and_spread(self):
        codes = {digits(6, ENTROPY) for _ in range(2000)}
        assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
        assert len(codes) > 1900

    def test_numbers_below_a_bound_are_all_met_and_no_other(self):
        assert {below(5, ENTROPY) for _ in range(500)} == {0, 1, 2, 3, 4}
        assert below(1, ENTROPY) == 0


class TestPasswordHashes:
    @pytest.mark.parametrize("scheme", ["argon2id", "bcrypt"])
    @pytest.mark.parametrize("password", ["short one", "ü" * 40, "x" * 1024, "spaces  in side"])
    async def test_verify_exactly_what_was_hashed(self, scheme, password):
        hashes = PasswordHashes(HashPolicy(scheme=scheme, argon2_memory_kib=64, argon2_time=1, bcrypt_cost=4))
        stored = await hashes.hash(password)
        assert await hashes.verify(stored, password)
        for wrong in (password[:-1], password + " ", password.swapcase() + "x"):
            assert not await hashes.verify(stored, wrong)
        assert not hashes.is_outdated(stored)
        hashes.close()

    async def test_a_stronger_policy_makes_older_hashes_outdated(self):
        weak = PasswordHashes(HashPolicy(argon2_memory_kib=64, argon2_time=1))
        strong = PasswordHashes(HashPolicy(argon2_memory_kib=128, argon2_time=1))
        stored = await weak.hash("rainy tuesday")
        assert strong.is_outdated(stored)
        assert await strong.verify(stored, "rainy tuesday")
        weak.close()
        strong.close()

    @pytest.mark.parametrize("stored", ["", "!", "$argon2id$broken", "plain", "$2b$04$short"])
    async def test_an_unusable_hash_lets_nobody_in_and_breaks_nothing(self, stored):
        hashes = PasswordHashes(HashPolicy(argon2_memory_kib=64, argon2_time=1))
        assert not await hashes.verify(stored, "")
        assert not await hashes.verify(stored, "rainy tuesday")
        hashes.close()

"""Fuzz of everything that reads what strangers send: cookies, headers, JSON, identifiers, tokens. Each gives an answer or
its own refusal, never another exception, and never an answer that breaks its own promise.
"""

import json
import string

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from vestibule.crypto import jose, tokens
from vestibule.crypto.device_cookies import SignedDeviceCookies
from vestibule.crypto.entropy import SystemEntropy
from vestibule.crypto.proof_of_work import Puzzles
from vestibule.domain.errors import BadInput, FieldError
from vestibule.domain.ip_address import limit_key
from vestibule.domain.user import Identifier
from vestibule.http.bearer import BEARER
from vestibule.http.client_address import client_address
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.http.host import Hosts
from vestibule.http.json_body import decode
from vestibule.http.language import preferred_language
from vestibule.schemas.login import LoginStart, StepRequest, TokenLoginRequest
from vestibule.schemas.registration import RegistrationRequest
from vestibule.services.credentials.identifiers import canonical_identifier, parse_email, parse_username

many = settings(max_examples=examples(400), deadline=None, derandomize=True, database=None)
anything = st.text(max_size=400)
headers = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=400)
cookie_like = st.lists(
    st.sampled_from(["vestibule_session", "=", ";", " ", ",", '"', "a", "\t", "%", "vst_ses_", "\xff"]), max_size=40
).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    [
        "username",
        "email",
        "password",
        "credential",
        "identifier",
        "sessionType",
        "method",
        "code",
        "token",
        "secret",
        "send",
        "x",
    ]
)
COOKIES = Cookies(secure=True, session_seconds=60, cross_site_refresh=False)


class TestCookies:
    @many
    @given(st.lists(headers | cookie_like, max_size=3))
    def test_are_read_or_left_out(self, sent):
        found = COOKIES.read(sent)
        for name, value in found.items():
            assert name.isascii()
            assert value.isprintable()
            assert ";" not in value

    @many
    @given(cookie_like)
    def test_a_name_that_comes_twice_is_not_there(self, text):
        found = COOKIES.read([f"a=1; {text}; a=2"])
        assert "a" not in found


class TestHeaders:
    @many
    @given(
        st.sampled_from(["10.0.0.1", "192.0.2.1", "::1", "", "x"]) | anything,
        st.sampled_from(["x-forwarded-for", "forwarded"]),
        st.lists(headers, max_size=3),
    )
    def test_addresses_are_addresses_or_nothing(self, peer, header, sent):
        from ipaddress import ip_address, ip_network

        found = client_address(peer, header, sent, (ip_network("10.0.0.0/8"),))
        assert found == "" or ip_address(found)
        assert limit_key(found)

    @many
    @given(st.binary(max_size=80) | st.sampled_from([b"id.example.com", b"id.example.com:1", b"id.example.com:x"]))
    def test_hosts_are_ours_or_not(self, value):
        config = HttpConfig(
            "https://id.example.com",
            "https://id.example.com",
            "https://id.example.com",
            (),
            (),
            "x-forwarded-for",
            (),
            False,
            1,
            1,
            "",
            "",
            8,
            "",
            None,
        )
        assert Hosts(config).knows(value) in (True, False)
        if Hosts(config).knows(value):
            assert b"id.example.com" in value.lower()

    @many
    @given(headers)
    def test_languages_are_known_ones(self, text):
        assert preferred_language(text) in (None, "en", "de")

    @many
    @given(headers)
    def test_bearers_are_plain(self, text):
        found = BEARER.match(f"Bearer {text}")
        assert found is None or set(found[1]) <= set(string.ascii_letters + string.digits + "-._~+/=")


class TestBodies:
    @pytest.mark.parametrize("kind", [RegistrationRequest, TokenLoginRequest, LoginStart, StepRequest])
    @many
    @given(
        raw=st.binary(max_size=300)
        | values.map(lambda v: json.dumps(v).encode())
        | st.dictionaries(names, values, max_size=6).map(lambda v: json.dumps(v).encode())
    )
    def test_are_what_the_schema_says_or_refused(self, kind, raw):
        try:
            found = decode(raw, kind)
        except BadInput:
            return
        assert isinstance(found, msgspec.Struct)


class TestIdentifiers:
    @many
    @given(anything | st.emails())
    def test_have_one_form_or_none(self, text):
        for parse in (parse_email, parse_username):
            found = parse(text)
            assert isinstance(found, Identifier | FieldError)
            if isinstance(found, Identifier):
                again = parse(found.canonical)
                assert isinstance(again, Identifier)
                assert again.canonical == found.canonical, "the compared form is its own compared form"
                assert ("@" in found.canonical) is (parse is parse_email)

    @many
    @given(anything)
    def test_what_is_looked_up_is_canonical_or_a_digest(self, text):
        found = canonical_identifier(text)
        assert found == canonical_identifier(f" {text.strip()} ")
        assert not found.startswith("?") or len(found) == 65


class TestTokens:
    @many
    @given(anything)
    def test_shapes_are_told_from_text(self, text):
        hasher = tokens.TokenHasher((b"k" * 32,), SystemEntropy())
        assert hasher.hashes("ses", text) == ()
        assert SignedDeviceCookies((b"k" * 32,), SystemEntropy()).read("user", text) is None
        assert Puzzles((b"k" * 32,), SystemEntropy()).solved(text, 1, 0) is None
        with pytest.raises(jose.InvalidToken):
            jose.key_id(text)

"""The small functions around tokens, each at its edges: what mutation testing found unheld."""

import base64
import json

import pytest

from vestibule.crypto import jose, tokens
from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.entropy import SystemEntropy

CLAIMS = {"iss": "i", "aud": "a", "sub": "s", "sid": "x", "jti": "j", "iat": 1000, "exp": 2000}


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


class Counting:
    """Randomness of our own: each call gives other bytes, and says how many were wanted."""

    def __init__(self) -> None:
        self.wanted: list[int] = []

    def token_bytes(self, count: int) -> bytes:
        self.wanted.append(count)
        return bytes([len(self.wanted)]) * count


class TestKeyId:
    @pytest.mark.parametrize("kid", ["key_1", "../../dev/null", "k" * 500])
    def test_is_what_the_header_says(self, kid):
        assert jose.key_id(f"{segment({'kid': kid})}.e30.x") == kid

    @pytest.mark.parametrize(
        "token",
        [
            "", "a.b", "a.b.c.d", f"{segment({'kid': 7})}.e30.x", f"{segment({'KID': 'k'})}.e30.x", f"{segment(['kid'])}.e30.x",
            f"{segment({'kid': None})}.e30.x", f"{segment({'kid': 'k'})}.e30", f"{segment({'kid': 'k'})}.e30.ü", "x.e30.y",
            f"{segment({'kid': 'k'})}.e30.{'x' * jose.MAX_TOKEN_BYTES}",
        ],
    )  # fmt: skip
    def test_of_anything_else_there_is_none(self, token):
        with pytest.raises(jose.InvalidToken):
            jose.key_id(token)

    def test_the_longest_token_is_read(self):
        head = f"{segment({'kid': 'k'})}.e30."
        assert jose.key_id(head + "x" * (jose.MAX_TOKEN_BYTES - len(head))) == "k"


class TestKeys:
    @pytest.mark.parametrize(("alg", "public"), [("ES256", {"kty", "crv", "x", "y"}), ("EdDSA", {"kty", "crv", "x"})])
    def test_what_is_published_is_public_and_says_what_it_is_for(self, alg, public):
        pair = jose.generate("key_1", alg)
        shown = json.loads(pair.public)
        assert shown.keys() == public | {"kid", "use", "alg"}
        assert (shown["kid"], shown["use"], shown["alg"]) == ("key_1", "sig", alg)
        assert "d" in json.loads(pair.private)

    @pytest.mark.parametrize("other", [[], "text", 7, None])
    def test_claims_that_are_no_object_are_refused(self, other):
        pair = jose.generate("key_1", "EdDSA")
        head = segment({"alg": "EdDSA", "typ": "t", "kid": "key_1"})
        message = f"{head}.{segment(other)}"
        signature = jose.Signer(pair)._signature(message.encode())
        token = f"{message}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        with pytest.raises(jose.InvalidToken, match="claims"):
            jose.Verifier("EdDSA", pair.public).verify(token, typ="t", issuer="i", audience="a", now=1500)

    @pytest.mark.parametrize(("ahead", "accepted"), [(60, True), (61, False)])
    def test_clocks_may_differ_by_a_minute(self, ahead, accepted):
        pair = jose.generate("key_1", "EdDSA")
        token = jose.Signer(pair).sign(CLAIMS | {"iat": 1500 + ahead}, typ="t")
        verifier = jose.Verifier("EdDSA", pair.public)
        if accepted:
            assert verifier.verify(token, typ="t", issuer="i", audience="a", now=1500)
        else:
            with pytest.raises(jose.InvalidToken, match="future"):
                verifier.verify(token, typ="t", issuer="i", audience="a", now=1500)


class TestSecrets:
    def test_are_made_of_all_of_their_bits(self):
        entropy = Counting()
        hasher = tokens.TokenHasher((b"k" * 32,), entropy)
        first, second = hasher.new("ses"), hasher.new("ses")
        assert entropy.wanted == [32, 32]
        assert first != second
        assert len(first) == len("vst_ses_") + 43 + 6
        assert tokens._base62(61, 3) == "00z"
        assert tokens._base62(62 * 62 + 5, 3) == "105"

    def test_are_hashed_by_kind_key_and_value(self):
        hasher = tokens.TokenHasher((b"k" * 32, b"o" * 32), SystemEntropy())
        other = tokens.TokenHasher((b"o" * 32,), SystemEntropy())
        secret = hasher.new("ses")
        assert hasher.hashes("ses", secret) == (hasher.digest("ses", secret), other.digest("ses", secret))
        assert (
            hasher.digests("x", "a")[0] == hasher.digest("x", "a") != hasher.digest("x", "b") != hasher.digest("y", "b")
        )
        assert hasher.hashes("ref", secret) == ()
        assert len(set(hasher.digests("x", "a"))) == 2

    @pytest.mark.parametrize(
        "change", [lambda t: "xst" + t[3:], lambda t: t + "a", lambda t: t.replace("_ses_", "_ref_"), lambda t: t[:-1]]
    )
    def test_of_another_shape_are_none(self, change):
        secret = tokens.TokenHasher((b"k" * 32,), SystemEntropy()).new("ses")
        assert tokens.is_shaped("ses", secret)
        assert not tokens.is_shaped("ses", change(secret))


class TestCsrf:
    def test_each_token_has_a_nonce_of_its_own_and_parts_that_count(self):
        entropy = Counting()
        csrf = CsrfTokens((b"k" * 32,), entropy)
        first, second = csrf.new("session_1"), csrf.new("session_1")
        assert entropy.wanted == [16, 16]
        assert first.partition(".")[0] != second.partition(".")[0]
        nonce, _, mac = first.partition(".")
        assert len(nonce) == 32
        assert len(mac) == 43
        assert csrf.matches(first, "session_1")
        for broken in (f"{nonce}.x.{mac}", f"{mac}.{nonce}", f"{nonce}{mac}", f"{nonce}.{mac}=", "."):
            assert not csrf.matches(broken, "session_1")

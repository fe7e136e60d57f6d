"""Our own verifier against the library that it replaced: it takes what the library takes, if the header is spelt as ours,
and never anything else; and what it remembers changes no verdict.
"""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from examples import examples
from vestibule.crypto import jose

NOW = 1_800_000_000
US = "https://us"
CLAIMS = {"iss": US, "aud": US, "sub": "user_1", "sid": "session_1", "jti": "t", "iat": NOW, "exp": NOW + 900}
PAIRS: list[jose.KeyPair] = [jose.generate("key_1", alg) for alg in ("ES256", "EdDSA")]
OTHERS = {pair.alg: jose.generate("key_1", pair.alg) for pair in PAIRS}
GOOD = {pair.alg: jose.Signer(pair).sign(CLAIMS, typ="at+jwt") for pair in PAIRS}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_library(pair: jose.KeyPair, token: str) -> dict[str, Any] | None:
    """The claims, by the rules that held while joserfc verified; None for a refusal."""
    key: Any = (ECKey if pair.alg == "ES256" else OKPKey).import_key(json.loads(pair.public))
    parts = token.split(".")
    if len(token) > jose.MAX_TOKEN_BYTES or len(parts) != 3:
        return None
    try:
        decoded = jwt.decode(token, key, algorithms=[pair.alg])
        for part in parts[:2]:
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), object_pairs_hook=jose.each_once)
        jose._check_claims(decoded.claims, US, frozenset({US}), NOW)
    except (JoseError, ValueError, TypeError, UnicodeError, RecursionError, jose.InvalidToken):
        return None
    return (
        decoded.claims if decoded.header.keys() == {"alg", "typ", "kid"} and decoded.header["typ"] == "at+jwt" else None
    )


def by_us(verifier: jose.Verifier, token: str, *, typ: str = "at+jwt", now: int = NOW) -> dict[str, Any] | None:
    try:
        return verifier.verify(token, typ=typ, issuer=US, audience=US, now=now)
    except jose.InvalidToken:
        return None


def has_our_header(pair: jose.KeyPair, token: str) -> bool:
    return token.partition(".")[0] == GOOD[pair.alg].partition(".")[0]


def agree(pair: jose.KeyPair, token: str) -> dict[str, Any] | None:
    """The verdict of our verifier: new, when asked again, and when it remembers a good token of the same key."""
    fresh, used = jose.Verifier(pair.alg, pair.public), jose.Verifier(pair.alg, pair.public)
    assert by_us(used, GOOD[pair.alg]) == CLAIMS
    verdict = by_us(fresh, token)
    assert [by_us(fresh, token), by_us(used, token), by_us(used, token)] == [verdict] * 3
    assert verdict == (by_library(pair, token) if has_our_header(pair, token) else None)
    return verdict


pairs = st.sampled_from(PAIRS)
many = settings(max_examples=examples(2000), deadline=None)
CHARACTERS = "ABCQgwxyz019-_=+/. \n\0é{"
# What a header or a claim may hold in a token that is signed as it should be.
values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.text(max_size=8), st.lists(st.text(max_size=8), max_size=3),
    st.sampled_from([US, [US], ["https://other", US], "at+jwt", "key_1", "ES256", "EdDSA", "HS256", "none", NOW, NOW + 1]),
    st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=2),
)  # fmt: skip
names = st.sampled_from([*CLAIMS, "alg", "typ", "kid", "crit", "b64", "jwk", "jku", "zip", "cty", "nbf"])
spellings = st.sampled_from([(",", ":"), (", ", ": ")])


@st.composite
def edited(draw: st.DrawFn, token: str) -> str:
    """The text with a few characters changed, put in, left out or moved."""
    for _ in range(draw(st.integers(1, 3))):
        at, end = sorted((draw(st.integers(0, len(token))), draw(st.integers(0, len(token)))))
        new = draw(st.sampled_from(CHARACTERS))
        edits = [
            token[:at] + new + token[at + 1 :],
            token[:at] + new + token[at:],
            token[:at] + token[end:],
            token + token[at:end],
        ]
        token = draw(st.sampled_from(edits))
    return token


@st.composite
def spelt(draw: st.DrawFn, fields: dict[str, Any]) -> bytes:
    """JSON of these fields after a few changes, in one of two spellings, sometimes with a key twice."""
    changed = fields | draw(st.dictionaries(names, values, max_size=2))
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=1)):
        changed.pop(name)
    text = json.dumps(changed, separators=draw(spellings), ensure_ascii=draw(st.booleans()))
    if changed and draw(st.integers(0, 4)) == 0:
        name = draw(st.sampled_from(sorted(changed)))
        text = f"{text[:-1]},{json.dumps(name)}:{json.dumps(draw(values))}}}"
    return text.encode()


def signed(pair: jose.KeyPair, head: str, payload: str) -> str:
    message = f"{head}.{payload}"
    return f"{message}.{b64(jose.Signer(pair)._signature(message.encode()))}"


class TestEveryVerdict:
    @many
    @given(pair=pairs, data=st.data())
    def test_about_an_edited_token_is_the_library_s(self, pair, data):
        token = data.draw(edited(GOOD[pair.alg]))
        assert (agree(pair, token) is not None) is (token == GOOD[pair.alg])

    @many
    @given(pair=pairs, data=st.data())
    def test_about_one_that_is_signed_as_it_should_be_is_too(self, pair, data):
        head = GOOD[pair.alg].partition(".")[0]
        if data.draw(st.booleans()):
            head = b64(data.draw(spelt({"alg": pair.alg, "typ": "at+jwt", "kid": "key_1"})))
        agree(pair, signed(pair, head, b64(data.draw(spelt(CLAIMS)))))

    @many
    @given(pair=pairs, signature=st.binary(max_size=80))
    def test_about_another_signature_is_a_refusal(self, pair, signature):
        assert agree(pair, f"{GOOD[pair.alg].rpartition('.')[0]}.{b64(signature)}") is None

    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.alg)
    def test_about_the_same_signature_in_other_bytes_is_a_refusal(self, pair):
        message, _, signature = GOOD[pair.alg].rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        spellings = [signature[:-1] + sign for sign in alphabet if sign != signature[-1]]
        padded = [raw[:32] + b"\0" + raw[32:], b"\0" + raw, raw + b"\0"]
        for other in [*spellings, f"{signature}==", *map(b64, padded)]:
            assert agree(pair, f"{message}.{other}") is None

    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.alg)
    def test_about_the_token_of_another_key_is_a_refusal(self, pair):
        assert agree(pair, jose.Signer(OTHERS[pair.alg]).sign(CLAIMS, typ="at+jwt")) is None

    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.alg)
    def test_about_a_good_one_is_yes(self, pair):
        assert agree(pair, GOOD[pair.alg]) == CLAIMS
        spaced = signed(pair, GOOD[pair.alg].partition(".")[0], b64(json.dumps(CLAIMS, indent=1).encode()))
        assert agree(pair, spaced) == CLAIMS


class TestRemembered:
    """A signature that was good once; everything else about a token is looked at each time."""

    @pytest.fixture(params=PAIRS, ids=lambda pair: pair.alg)
    def verifier(self, request):
        found = jose.Verifier(request.param.alg, request.param.public)
        found.verify(GOOD[request.param.alg], typ="at+jwt", issuer=US, audience=US, now=NOW)
        return found

    def test_is_not_verified_twice(self, verifier):
        verifier._key = None  # whatever is verified now fails
        assert by_us(verifier, GOOD[verifier._alg]) == CLAIMS

    def test_expires_all_the_same(self, verifier):
        assert by_us(verifier, GOOD[verifier._alg], now=NOW + 899) == CLAIMS
        assert by_us(verifier, GOOD[verifier._alg], now=NOW + 900) is None

    def test_is_of_its_own_type_issuer_and_audience(self, verifier):
        token = GOOD[verifier._alg]
        assert by_us(verifier, token, typ="JWT") is None
        for issuer, audience in (("https://them", US), (US, "https://them")):
            with pytest.raises(jose.InvalidToken):
                verifier.verify(token, typ="at+jwt", issuer=issuer, audience=audience, now=NOW)

    def test_gives_claims_that_nobody_else_holds(self, verifier):
        token = GOOD[verifier._alg]
        by_us(verifier, token)["sub"] = "user_2"
        assert by_us(verifier, token) == CLAIMS

    def test_no_refusal_is_remembered(self, verifier):
        assert len(verifier._remembered) == 1
        head, payload, signature = GOOD[verifier._alg].split(".")
        late = jose.Signer(next(pair for pair in PAIRS if pair.alg == verifier._alg)).sign(
            CLAIMS | {"exp": NOW}, typ="at+jwt"
        )
        for token in (late, f"{head}.{payload}.{signature[::-1]}", f"{head}.{payload}."):
            assert by_us(verifier, token) is None
        assert len(verifier._remembered) == 1

    def test_another_key_remembers_nothing_of_it(self, verifier):
        other = jose.Verifier(verifier._alg, OTHERS[verifier._alg].public)
        assert by_us(other, GOOD[verifier._alg]) is None

"""The JWT verifier, one fault at a time: each alone is enough to be refused."""

import pytest

from vestibule.crypto import jose

NOW = 1_800_000_000
CLAIMS = {
    "iss": "https://us",
    "aud": "https://us",
    "sub": "user_1",
    "jti": "t",
    "iat": NOW,
    "exp": NOW + 900,
}


@pytest.fixture(scope="module", params=["ES256", "EdDSA"])
def pair(request):
    return jose.generate("key_1", request.param)


def verify(pair, claims, typ="at+jwt"):
    token = jose.Signer(pair).sign(claims, typ=typ)
    verifier = jose.Verifier(pair.alg, pair.public)
    return verifier.verify(token, typ="at+jwt", issuer="https://us", audience="https://us", now=NOW)


class TestVerify:
    def test_a_good_token_gives_its_claims(self, pair):
        assert verify(pair, CLAIMS)["sub"] == "user_1"

    def test_one_audience_of_several_is_enough(self, pair):
        assert verify(pair, {**CLAIMS, "aud": ["https://other", "https://us"]})

    @pytest.mark.parametrize("typ", ["JWT", "", "id+jwt", "logout+jwt", "AT+JWT"])
    def test_another_type_is_refused(self, pair, typ):
        with pytest.raises(jose.InvalidToken, match="typ"):
            verify(pair, CLAIMS, typ)

    @pytest.mark.parametrize(
        ("claim", "value"),
        [
            ("iss", "https://them"),
            ("iss", None),
            ("aud", "https://them"),
            ("aud", []),
            ("aud", None),
            ("sub", None),
            ("sub", 7),
            ("jti", None),
            ("exp", NOW),
            ("exp", str(NOW + 900)),
            ("exp", float(NOW + 900)),
            ("exp", True),
            ("exp", None),
            ("exp", -1),
            ("iat", NOW + 61),
            ("iat", None),
            ("iat", str(NOW)),
        ],
    )
    def test_a_wrong_claim_is_refused(self, pair, claim, value):
        with pytest.raises(jose.InvalidToken):
            verify(pair, {**CLAIMS, claim: value})

    @pytest.mark.parametrize("claim", list(CLAIMS))
    def test_a_missing_claim_is_refused(self, pair, claim):
        with pytest.raises(jose.InvalidToken):
            verify(pair, {name: value for name, value in CLAIMS.items() if name != claim})

    def test_another_key_of_the_same_kind_is_refused(self, pair):
        token = jose.Signer(jose.generate("key_1", pair.alg)).sign(CLAIMS, typ="at+jwt")
        verifier = jose.Verifier(pair.alg, pair.public)
        with pytest.raises(jose.InvalidToken):
            verifier.verify(token, typ="at+jwt", issuer="https://us", audience="https://us", now=NOW)

    def test_a_key_of_another_kind_is_refused(self):
        edwards, curve = jose.generate("key_1", "EdDSA"), jose.generate("key_1", "ES256")
        token = jose.Signer(edwards).sign(CLAIMS, typ="at+jwt")
        with pytest.raises(jose.InvalidToken):
            jose.Verifier("ES256", curve.public).verify(
                token, typ="at+jwt", issuer="https://us", audience="https://us", now=NOW
            )


class TestRepr:
    def test_shows_no_private_key(self, pair):
        assert "private" not in repr(pair)
        assert pair.private not in repr(pair)

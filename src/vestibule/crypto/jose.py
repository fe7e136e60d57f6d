"""Signed JWTs, in one narrow form: the algorithm is determined by the key, never by the token."""

import base64
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from vestibule.crypto.base64url import decode

Algorithm = Literal["ES256", "EdDSA"]

# RFC 9864 renames it to Ed25519; verifiers in use still expect the older name.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")

MAX_TOKEN_BYTES = 8192
_FUTURE_LEEWAY_SECONDS = 60
_HEADER = frozenset({"alg", "typ", "kid"})
_KEY_KINDS: dict[Algorithm, tuple[str, str]] = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}
_JSON = msgspec.json.Encoder().encode
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
    parameters: Any = {"kid": kid, "use": "sig", "alg": alg}
    key = _GENERATE[alg](parameters)
    return KeyPair(
        kid=kid,
        alg=alg,
        public=json.dumps(key.as_dict(private=False), sort_keys=True),
        private=json.dumps(key.as_dict(private=True), sort_keys=True),
    )


_GENERATE: dict[Algorithm, Callable[[Any], ECKey | OKPKey]] = {
    "ES256": lambda parameters: ECKey.generate_key("P-256", parameters),
    "EdDSA": lambda parameters: OKPKey.generate_key("Ed25519", parameters),
}


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
        header = {"alg": self._alg, "typ": typ, "kid": self.kid}
        signed = b".".join(_encode_segment(_JSON(part)) for part in (header, claims))
        return (signed + b"." + _encode_segment(self._signature(signed))).decode()

    def _signature(self, message: bytes) -> bytes:
        if self._alg == "EdDSA":
            return bytes(self._key.sign(message))
        # RFC 7518 section 3.4 wants r and s in 32 bytes each; `cryptography` returns them in DER.
        r, s = decode_dss_signature(self._key.sign(message, _ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Verifier:
    """Verifies JWTs with one public key and the one algorithm of that key."""

    def __init__(self, alg: Algorithm, public_jwk: str) -> None:
        self._alg = alg
        self._key = _load(alg, public_jwk)

    def verify(self, token: str, *, typ: str, issuer: str, audience: str | frozenset[str], now: int) -> dict[str, Any]:
        """Return the claims of a token that is valid at `now` (seconds since 1970 UTC), of this `typ`, and for this
        audience or one of these.

        Raises InvalidToken, also for a header with fields other than the three that Vestibule writes (such as `jwk` or
        `crit`). What a token of its kind has to state beside `sub` and `jti` is for the caller to check.
        """
        _check_form(token)
        try:
            decoded = jwt.decode(token, self._key, algorithms=[self._alg])
        except (JoseError, ValueError, TypeError, UnicodeError) as error:
            raise InvalidToken(type(error).__name__) from error
        if decoded.header.get("typ") != typ:
            raise InvalidToken("typ")
        claims = decoded.claims
        audiences = frozenset({audience}) if isinstance(audience, str) else audience
        _check_claims(claims, issuer, audiences, now)
        return claims


def key_id(token: str) -> str:
    """Return the unverified `kid` of a compact token, to choose among Vestibule's own keys. Raises InvalidToken."""
    if len(token) > MAX_TOKEN_BYTES or token.count(".") != 2 or not token.isascii():
        raise InvalidToken("shape")
    try:
        header = json.loads(decode(token.split(".", 1)[0]))
    except (ValueError, RecursionError) as error:
        raise InvalidToken("header") from error
    kid = header.get("kid") if isinstance(header, dict) else None
    if not isinstance(kid, str):
        raise InvalidToken("kid")
    return kid


def _check_form(token: str) -> None:
    """Refuse a token that two parsers might interpret differently: it must be compact, have each key once, and exactly
    the header fields that Vestibule writes. Raises InvalidToken.
    """
    parts = token.split(".")
    if len(token) > MAX_TOKEN_BYTES or len(parts) != 3:
        raise InvalidToken("shape")
    try:
        header, claims = (json.loads(decode(part), object_pairs_hook=each_once) for part in parts[:2])
    except (ValueError, RecursionError) as error:
        raise InvalidToken("form") from error
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.keys() != _HEADER:
        raise InvalidToken("header")


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


def _encode_segment(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _load(alg: Algorithm, jwk_text: str) -> ECKey | OKPKey:
    """Load a JWK that is declared for signing with `alg` only (RFC 7517 section 4.2, RFC 8725 section 3.12).

    Raises ValueError for any other key.
    """
    parsed = json.loads(jwk_text)
    kind = (parsed.get("kty"), parsed.get("crv"))
    if kind != _KEY_KINDS[alg] or (parsed.get("alg"), parsed.get("use")) != (alg, "sig") or "key_ops" in parsed:
        raise ValueError(f"a key of kind {kind} for {parsed.get('alg')!r} does not sign with {alg}")
    return ECKey.import_key(parsed) if alg == "ES256" else OKPKey.import_key(parsed)

"""The issuer's metadata and signing keys, fetched and cached (RFC 8414, RFC 7517), and the verification of tokens."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt

from vestibule_client.errors import Misconfigured, NotAuthenticated, Unavailable
from vestibule_client.settings import KEYS_TOLERATED, Settings

_FRESH = 300.0
_PAUSE = 10.0
_ALGORITHMS = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
_LONGEST = 8192
_LEEWAY = 60
Now = Callable[[], float]


class NeedsNetwork(Exception):
    """Something has to be fetched first, and the caller forbade it (`wait=False`)."""


class Issuer:
    """The issuer's metadata and signing keys, and the verification of tokens by them.

    Keys are fetched when they are needed, every five minutes, and for an unknown `kid` at most every ten seconds. When
    Vestibule does not answer, the cached ones are used for up to an hour.
    """

    def __init__(
        self, settings: Settings, http: httpx.Client, wall: Now = time.time, now: Now = time.monotonic
    ) -> None:
        """`wall`: seconds since 1970 UTC, for the times in tokens; `now`: monotonic seconds, for the caches."""
        self.settings = settings
        self.http = http
        self.now = now
        self._wall = wall
        self._metadata: dict[str, Any] | None = None
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = threading.Lock()

    def endpoint(self, name: str, *, wait: bool = True) -> str:
        """Return an address of the issuer's metadata; empty when it has none of this name.

        Raises Unavailable, Misconfigured, or NeedsNetwork when the metadata is not cached and `wait` is false.
        """
        if self._metadata is None:
            if not wait:
                raise NeedsNetwork
            self._metadata = self._discover()
        return str(self._metadata.get(name, ""))

    def key(self, kid: str, *, wait: bool) -> jwt.PyJWK:
        """Return the signing key with this id.

        Raises NotAuthenticated for an unknown id, Unavailable, or NeedsNetwork when `wait` is false.
        """
        now = self.now()
        known = self._keys.get(kid)
        if known is not None and now - self._fetched < _FRESH:
            return known
        if now - self._tried >= _PAUSE:
            if not wait:
                raise NeedsNetwork
            self._refresh(now)
        known = self._keys.get(kid)
        if now - self._fetched > KEYS_TOLERATED:
            raise Unavailable("no signing keys", f"an answer from {self.settings.issuer}/.well-known/jwks.json")
        if known is None:
            raise NotAuthenticated(
                f"a token signed with the unknown key {kid[:64]!r}", f"a token of {self.settings.issuer}",
                "Was it made by another Vestibule, or for another environment?",
            )  # fmt: skip
        return known

    def verify(self, token: str, *, typ: str, audience: str, wait: bool) -> dict[str, Any]:
        """Verify a token of this type and audience, and return its claims. The algorithm is the key's, not the token's.

        Raises NotAuthenticated with the rule that it breaks, Unavailable, or NeedsNetwork.
        """
        expected = f"a token of {self.settings.issuer} for {audience}"
        if len(token) > _LONGEST or token.count(".") != 2:
            raise NotAuthenticated("something that is no token", expected, "Send `Authorization: Bearer <token>`.")
        try:
            header = jwt.get_unverified_header(token)
            key = self.key(str(header.get("kid", "")), wait=wait)
            if header.get("typ") != typ or set(header) != {"alg", "typ", "kid"}:
                raise NotAuthenticated(f"a token of type {str(header.get('typ'))[:64]!r}", f"{typ}: {expected}")
            return self.decoded(token, key, audience=audience)
        except jwt.InvalidTokenError as error:
            raise NotAuthenticated(
                f"a token that is refused ({error})", expected, _FIXES.get(type(error), "")
            ) from None

    def decoded(self, token: str, key: jwt.PyJWK, audience: str | None = None) -> dict[str, Any]:
        """Return the claims of a token that this key signed and that is valid now. Raises jwt.InvalidTokenError."""
        required = ["iss", "exp", "iat", "sub"] + (["aud"] if audience else [])
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[key.algorithm_name], audience=audience, issuer=self.settings.issuer,
            options={"require": required, "verify_exp": False, "verify_iat": False, "verify_aud": audience is not None},
        )  # fmt: skip
        now, times = self._wall(), (claims["exp"], claims["iat"])
        if any(type(at) is not int for at in times):
            raise jwt.DecodeError("exp and iat are not whole seconds")
        if claims["exp"] <= now:
            raise jwt.ExpiredSignatureError("it has expired")
        if claims["iat"] > now + _LEEWAY:
            raise jwt.ImmatureSignatureError("it is from the future")
        return claims

    def _refresh(self, now: float) -> None:
        with self._lock:
            if self.now() - self._tried < _PAUSE:
                return
            self._tried = now
            try:
                answer = self.http.get(self.endpoint("jwks_uri"))
                answer.raise_for_status()
                self._keys = {key.key_id: key for key in map(_usable, answer.json()["keys"]) if key and key.key_id}
                self._fetched = now
            except (httpx.HTTPError, ValueError, KeyError, Unavailable):
                return

    def _discover(self) -> dict[str, Any]:
        address = f"{self.settings.issuer}/.well-known/oauth-authorization-server"
        try:
            answer = self.http.get(address)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"{type(error).__name__} from {address}", "Vestibule's metadata") from error
        if found.get("issuer") != self.settings.issuer:
            raise Misconfigured(
                f"VESTIBULE_ISSUER={self.settings.issuer}", f"{found.get('issuer')}, as it calls itself",
                "Use the public URL of the server, letter by letter.",
            )  # fmt: skip
        return found


_FIXES = {
    jwt.ExpiredSignatureError: "Refresh the access token and send the new one.",
    jwt.InvalidAudienceError: "Ask for a token for this API (`resource`), or set VESTIBULE_AUDIENCE.",
    jwt.InvalidIssuerError: "Check VESTIBULE_ISSUER.",
}


def _usable(jwk: dict[str, Any]) -> jwt.PyJWK | None:
    """A public key of the two kinds that Vestibule signs with; None for any other one."""
    algorithm = _ALGORITHMS.get((jwk.get("kty", ""), jwk.get("crv", "")))
    if algorithm is None or jwk.get("alg") != algorithm or jwk.get("use") != "sig" or "d" in jwk:
        return None
    return jwt.PyJWK(jwk, algorithm=algorithm)

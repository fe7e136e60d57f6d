"""The issuer's metadata and signing keys, fetched and kept (RFC 8414, RFC 7517), and the verification of tokens."""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from vestibule_client.errors import Misconfigured, NotAuthenticated, Unavailable
from vestibule_client.kept import FIX, Answer, Kept, Means, NeedsNetwork, Now
from vestibule_client.settings import KEYS_TOLERATED, Settings
from vestibule_client.transport import LIMIT, NoAnswer, Transport, json_object

__all__ = ["Issuer", "NeedsNetwork"]

_FRESH = 300.0
_NEW_KEYS = 10.0
_ALGORITHMS = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
_LONGEST = 8192
_LEEWAY = 60


class Issuer:
    """The issuer's metadata and signing keys, and the verification of tokens by them.

    Keys are fetched when they are needed, in the background when they are five minutes old, and for an unknown `kid` at
    most every ten seconds. When Vestibule does not answer, the kept ones are used for up to an hour.
    """

    def __init__(
        self, settings: Settings, http: httpx.Client, wall: Now = time.time, now: Now = time.monotonic,
        limit: float = LIMIT,
    ) -> None:  # fmt: skip
        """`wall`: seconds since 1970 UTC, for the times in tokens; `now`: monotonic seconds, for what is kept; `limit`:
        seconds for an answer of Vestibule's.
        """
        self.settings = settings
        self.http = http
        self.now = now
        self.transport = Transport(http, limit)
        self.means = Means(now=self._now, limit=limit)
        self.wall = wall
        self._metadata = Kept(f"the metadata of {settings.issuer}", lambda: Answer(self._discover()), self.means)
        self._key_set = Kept(f"the signing keys of {settings.issuer}", self._fetch_keys, self.means)

    def endpoint(self, name: str, *, wait: bool = True) -> str:
        """Return an address of the issuer's metadata.

        Raises Unavailable (also when the metadata has none of this name), Misconfigured, or NeedsNetwork when the
        metadata is not there yet and `wait` is false.
        """
        address = self._metadata.get(wait=wait, fresh=_FRESH).get(name)
        if not self._is_own(address):
            raise Unavailable(f"metadata of {self.settings.issuer} without {name}", f"its {name}", FIX)
        return str(address)

    def key(self, kid: str, *, wait: bool) -> jwt.PyJWK:
        """Return the signing key with this id.

        Raises NotAuthenticated for an id that Vestibule does not have, Unavailable when that is uncertain, or
        NeedsNetwork when `wait` is false.
        """
        keys = self._key_set.get(wait=wait, fresh=_FRESH)
        if kid not in keys:
            keys = self._key_set.get(wait=wait, fresh=_FRESH, at_most=_NEW_KEYS)
        if kid not in keys:
            raise NotAuthenticated(
                f"a token signed with the unknown key {kid[:64]!r}", f"a token of {self.settings.issuer}",
                "Was it made by another Vestibule, or for another environment?",
            )  # fmt: skip
        return keys[kid]

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
        except RecursionError:
            raise NotAuthenticated("a token that is nested too deeply", expected) from None
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
        now, times = self.wall(), (claims["exp"], claims["iat"])
        if any(type(at) is not int for at in times):
            raise jwt.DecodeError("exp and iat are not whole seconds")
        if claims["exp"] <= now:
            raise jwt.ExpiredSignatureError("it has expired")
        if claims["iat"] > now + _LEEWAY:
            raise jwt.ImmatureSignatureError("it is from the future")
        return claims

    def _now(self) -> float:
        return self.now()  # the attribute, each time: tests move it

    @property
    def _keys(self) -> Mapping[str, jwt.PyJWK]:
        return self._key_set.latest or {}

    def _fetch_keys(self) -> Answer[Mapping[str, jwt.PyJWK]]:
        address = self.endpoint("jwks_uri")
        listed = json_object(self.transport.get(address), address).get("keys")
        usable = [key for jwk in listed if (key := _usable(jwk))] if isinstance(listed, list) else []
        if not usable:
            raise NoAnswer(f"no signing key that can be used from {address}")
        return Answer({str(key.key_id): key for key in usable}, KEYS_TOLERATED)

    def _discover(self) -> Mapping[str, Any]:
        address = f"{self.settings.issuer}/.well-known/oauth-authorization-server"
        metadata = json_object(self.transport.get(address), address)
        named = metadata.get("issuer")
        if not isinstance(named, str):
            raise NoAnswer(f"metadata without an issuer from {address}")
        if named != self.settings.issuer:
            raise Misconfigured(
                f"VESTIBULE_ISSUER={self.settings.issuer}", f"{named[:200]}, as it calls itself",
                "Use the public URL of the server, letter by letter.",
            )  # fmt: skip
        if not self._is_own(metadata.get("jwks_uri")):
            raise NoAnswer(f"metadata without a jwks_uri from {address}")
        return metadata

    def _is_own(self, address: object) -> bool:
        """Whether this is an address below the issuer's: tokens and secrets are sent nowhere else."""
        return isinstance(address, str) and address.startswith(f"{self.settings.issuer}/")


_FIXES = {
    jwt.ExpiredSignatureError: "Refresh the access token and send the new one.",
    jwt.InvalidAudienceError: "Ask for a token for this API (`resource`), or set VESTIBULE_AUDIENCE.",
    jwt.InvalidIssuerError: "Check VESTIBULE_ISSUER.",
}


def _usable(jwk: Any) -> jwt.PyJWK | None:
    """Return a public key of the two kinds that Vestibule signs with; None for anything else, however it is shaped."""
    try:
        algorithm = _ALGORITHMS.get((jwk.get("kty", ""), jwk.get("crv", "")))
        if algorithm is None or jwk.get("alg") != algorithm or jwk.get("use") != "sig" or "d" in jwk:
            return None
        made = jwt.PyJWK(jwk, algorithm=algorithm)
    except Exception:  # noqa: BLE001 - a key that cannot be read must not break the others
        return None
    return made if isinstance(made.key_id, str) and made.key_id else None

"""CSRF tokens: signed, random, and bound to one cookie session (signed double-submit, OWASP CSRF cheat sheet)."""

import hmac

from vestibule.crypto.base64url import encode
from vestibule.domain.ports import Entropy

_NONCE_BYTES = 16


class CsrfTokens:
    """Creates and checks CSRF tokens that are valid for one binding only (a session id, or a pre-session secret)."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        """`keys`: the first one signs, every one is accepted."""
        self._keys = keys
        self._entropy = entropy

    def new(self, binding: str) -> str:
        """Return a new token for this binding."""
        nonce = self._entropy.token_bytes(_NONCE_BYTES).hex()
        return f"{nonce}.{_mac(self._keys[0], nonce, binding)}"

    def matches(self, token: str, binding: str) -> bool:
        """Whether the token was created for this binding, compared in constant time."""
        nonce, _, mac = token.partition(".")
        return token.isascii() and any(hmac.compare_digest(mac, _mac(key, nonce, binding)) for key in self._keys)


def _mac(key: bytes, nonce: str, binding: str) -> str:
    return encode(hmac.digest(key, f"{nonce}\0{binding}".encode(), "sha256"))

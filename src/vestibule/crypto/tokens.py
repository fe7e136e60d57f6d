"""Opaque secrets in the frozen format `vst_<kind>_<random><checksum>`.

By the prefix, secret scanners and Vestibule's own log filter recognise them; the checksum distinguishes a paste error
from a guess. Only a keyed hash is ever stored.
"""

import hmac
import zlib

from vestibule.domain.ports import Entropy

SESSION = "ses"
REFRESH = "ref"
RESET = "rst"
VERIFY = "vfy"
PRESESSION = "pre"
ATTEMPT = "att"
SIGN_IN = "sin"
UNDO = "und"
DEVICE = "dev"
CLIENT = "cli"
API_KEY = "key"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PAIR = len(_PAIRS)
_SECRET_BYTES = 32
_BODY_LENGTH = 43
_CHECKSUM_LENGTH = 6


class TokenHasher:
    """Creates secrets, and the keyed hashes (HMAC-SHA256) under which they are stored."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        """`keys`: the first one hashes new values; values hashed with any of them are found (`hashes`, `digests`)."""
        self._keys = keys
        self._entropy = entropy

    def new(self, kind: str) -> str:
        """Return a new secret of this kind, with 256 random bits."""
        body = _base62(int.from_bytes(self._entropy.token_bytes(_SECRET_BYTES), "big"), _BODY_LENGTH)
        return f"vst_{kind}_{body}{_checksum(kind, body)}"

    def digest(self, label: str, value: str) -> str:
        """Return a keyed hash of any value, separated by label, for database keys that must not reveal the value."""
        return _digest(self._keys[0], label, value)

    def hashes(self, kind: str, token: str) -> tuple[str, ...]:
        """Return every hash under which a secret may be stored, the newest first; empty for a text of another shape."""
        return self.digests(kind, token) if is_shaped(kind, token) else ()

    def digests(self, label: str, value: str) -> tuple[str, ...]:
        """Return the digests of a value under every accepted key, the newest first."""
        return tuple(_digest(key, label, value) for key in self._keys)


def _digest(key: bytes, label: str, value: str) -> str:
    return hmac.digest(key, f"{label}\0{value}".encode(), "sha256").hex()


def is_shaped(kind: str, token: str) -> bool:
    """Whether the text has the prefix, length and checksum of a secret of this kind."""
    prefix = f"vst_{kind}_"
    if not token.startswith(prefix) or len(token) != len(prefix) + _BODY_LENGTH + _CHECKSUM_LENGTH:
        return False
    body, checksum = token[len(prefix) : -_CHECKSUM_LENGTH], token[-_CHECKSUM_LENGTH:]
    return body.isascii() and body.isalnum() and checksum == _checksum(kind, body)


def _checksum(kind: str, body: str) -> str:
    return _base62(zlib.crc32(f"{kind}_{body}".encode()), _CHECKSUM_LENGTH)


def _base62(value: int, width: int) -> str:
    out = []
    while value:
        value, rest = divmod(value, _PAIR)
        out.append(_PAIRS[rest])
    return "".join(reversed(out)).rjust(width, "0")[-width:]

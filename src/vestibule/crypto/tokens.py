"""Opaque secrets with a shape: `vst_<kind>_<random><checksum>`.

The prefix lets secret scanners and our own code spot them, the checksum lets a paste error be told from a guess.
Only a keyed hash is ever stored.
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
    """Makes secrets and the keyed hashes (HMAC-SHA256) they are stored under."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        """The first key hashes what is new; what was hashed with any of them is found (`hashes`, `digests`)."""
        self._keys = keys
        self._entropy = entropy

    def new(self, kind: str) -> str:
        """A fresh secret of 256 bits."""
        body = _base62(int.from_bytes(self._entropy.token_bytes(_SECRET_BYTES), "big"), _BODY_LENGTH)
        return f"vst_{kind}_{body}{_checksum(kind, body)}"

    def hash(self, kind: str, token: str) -> str | None:
        """The stored form, or None when the text cannot be a secret of this kind."""
        if not is_shaped(kind, token):
            return None
        return self.digest(kind, token)

    def digest(self, label: str, value: str) -> str:
        """A keyed hash of any value, separated by label: for keys that must not show what they are made of."""
        return _digest(self._keys[0], label, value)

    def hashes(self, kind: str, token: str) -> tuple[str, ...]:
        """Every form under which the secret may be stored, the newest first; none for a text of another shape."""
        return self.digests(kind, token) if is_shaped(kind, token) else ()

    def digests(self, label: str, value: str) -> tuple[str, ...]:
        """The digests under every key that is accepted."""
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

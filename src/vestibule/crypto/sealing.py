"""Secrets that must be read back: encrypted and bound to the row they belong to."""

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vestibule.domain.ports import Entropy

_VERSION = "v1."
_NONCE_BYTES = 12


class CannotUnseal(Exception):
    """The text was sealed with another key, for another row, or was changed."""


class Sealer:
    """AES-256-GCM with a random nonce; `row` is authenticated, so a sealed value works in its own row only."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        """The first key seals, every key unseals."""
        self._aeads = [AESGCM(key) for key in keys]
        self._entropy = entropy

    def seal(self, plain: str, *, row: str) -> str:
        """Printable text that `unseal` turns back, for the same row only."""
        nonce = self._entropy.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._aeads[0].encrypt(nonce, plain.encode(), row.encode())
        return _VERSION + base64.urlsafe_b64encode(sealed).decode()

    def unseal(self, sealed: str, *, row: str) -> str:
        """The plain text. Raises CannotUnseal."""
        for aead in self._aeads:
            try:
                return _open(aead, sealed, row)
            except (InvalidTag, ValueError):
                continue
        raise CannotUnseal(row)

    def is_current(self, sealed: str, *, row: str) -> bool:
        """Whether the text is sealed with the key that seals now."""
        try:
            _open(self._aeads[0], sealed, row)
        except (InvalidTag, ValueError):
            return False
        return True


def _open(aead: AESGCM, sealed: str, row: str) -> str:
    raw = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
    return aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row.encode()).decode()

"""Sealing: encryption of secrets that must be read again, bound to the row that they belong to."""

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vestibule.domain.ports import Entropy

_VERSION = "v1."
_NONCE_BYTES = 12


class CannotUnseal(Exception):
    """The value was sealed with another key, for another row, or was changed."""


class Sealer:
    """Seals by AES-256-GCM with a random nonce; `row` is authenticated, so that a value works in its own row only."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        """`keys`: the first one seals, every one unseals."""
        self._aeads = [AESGCM(key) for key in keys]
        self._entropy = entropy

    def seal(self, plain: str, *, row: str) -> str:
        """Encrypt a text for one row. Returns printable text for `unseal`."""
        nonce = self._entropy.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._aeads[0].encrypt(nonce, plain.encode(), row.encode())
        return _VERSION + base64.urlsafe_b64encode(sealed).decode()

    def unseal(self, sealed: str, *, row: str) -> str:
        """Decrypt a sealed text of this row. Raises CannotUnseal."""
        for aead in self._aeads:
            try:
                return _open(aead, sealed, row)
            except (InvalidTag, ValueError):
                continue
        raise CannotUnseal(row)

    def is_current(self, sealed: str, *, row: str) -> bool:
        """Whether the text is sealed with the current key (the first one)."""
        try:
            _open(self._aeads[0], sealed, row)
        except (InvalidTag, ValueError):
            return False
        return True


def _open(aead: AESGCM, sealed: str, row: str) -> str:
    raw = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
    return aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row.encode()).decode()

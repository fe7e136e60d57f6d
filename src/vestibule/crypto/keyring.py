"""One master secret, and the keys that are derived from it."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Keyring:
    """Keys by label (HKDF-SHA256, RFC 5869): each label gets a key of its own, so no key has two uses."""

    def __init__(self, master_secret: str) -> None:
        self._master = master_secret.encode()

    def derive(self, label: str) -> bytes:
        """32 bytes for this label; the label is a frozen format."""
        return HKDF(SHA256(), length=32, salt=None, info=b"vestibule/v1/" + label.encode()).derive(self._master)

    def __repr__(self) -> str:
        return "Keyring(…)"

"""One master secret (and those still accepted while it is rotated), and the keys that are derived from it."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Keyring:
    """Keys by label (HKDF-SHA256, RFC 5869): each label gets a key of its own, so no key has two uses."""

    def __init__(self, master_secret: str, accepted: tuple[str, ...] = ()) -> None:
        self._masters = tuple(dict.fromkeys(secret.encode() for secret in (master_secret, *accepted)))

    def derive(self, label: str) -> tuple[bytes, ...]:
        """32 bytes for this label from each master secret, the one in use first; the label is a frozen format."""
        info = b"vestibule/v1/" + label.encode()
        return tuple(HKDF(SHA256(), length=32, salt=None, info=info).derive(master) for master in self._masters)

    def __repr__(self) -> str:
        return "Keyring(…)"

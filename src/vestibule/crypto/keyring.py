"""The keyring: keys derived from the master secret, and from those that are still accepted while it is rotated."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Keyring:
    """Derives keys by label (HKDF-SHA256, RFC 5869): each label has a key of its own, so that no key has two uses."""

    def __init__(self, master_secret: str, accepted: tuple[str, ...] = ()) -> None:
        self._masters = tuple(dict.fromkeys(secret.encode() for secret in (master_secret, *accepted)))

    def derive(self, label: str) -> tuple[bytes, ...]:
        """Return a 32-byte key for this label from each master secret, the current one first. Labels are a frozen
        format: another label is another key.
        """
        info = b"vestibule/v1/" + label.encode()
        return tuple(HKDF(SHA256(), length=32, salt=None, info=info).derive(master) for master in self._masters)

    def __repr__(self) -> str:
        return "Keyring(…)"

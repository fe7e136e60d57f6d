"""Base64url without padding (RFC 4648 section 5), as browsers and JOSE write bytes."""

import base64


def encode(raw: bytes) -> str:
    """Bytes as text."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Text as bytes. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

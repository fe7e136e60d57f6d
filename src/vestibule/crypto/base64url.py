"""Base64url without padding (RFC 4648 section 5), the encoding of WebAuthn and JOSE."""

import base64


def encode(raw: bytes) -> str:
    """Encode bytes as unpadded base64url text."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode unpadded base64url text. Raises ValueError when it is malformed."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

"""Remembers which tokens had a good signature, so that it is verified once in each worker."""

import hashlib


class RememberedTokens:
    """SHA-256 digests of tokens that were verified, in bounded memory. Those not used for longest are dropped first, a
    half at a time: no token has a place in an order that each use would have to change.
    """

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._newer: set[bytes] = set()
        self._older: set[bytes] = set()

    @staticmethod
    def digest(token: bytes) -> bytes:
        """Return what is remembered of a token, all of whose bytes count."""
        return hashlib.sha256(token).digest()

    def __len__(self) -> int:
        return len(self._newer | self._older)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._newer or digest in self._older

    def add(self, digest: bytes) -> None:
        """Remember a token that was verified, or was used again."""
        if digest in self._newer:
            return
        if len(self._newer) >= self._half:
            self._older, self._newer = self._newer, set()
        self._newer.add(digest)

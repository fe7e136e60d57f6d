"""Puzzles that cost whoever solves them and nobody else (hashcash): no third party, no picture to look at."""

import hashlib
import hmac
import re

from vestibule.domain.instant import SECOND, Instant
from vestibule.domain.ports import Entropy

_SHAPE = re.compile(r"([0-9a-f]{32})\.(\d{1,2})\.(\d{1,11})\.([0-9a-f]{64})\Z")
_COUNTER = re.compile(r"[0-9a-z]{1,16}\Z")
_NONCE_BYTES = 16


class Puzzles:
    """Signed, so that none has to be kept. The first key signs, every key is accepted."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy

    def new(self, bits: int, expires_at: Instant) -> str:
        """A puzzle: find a counter so that SHA-256 of `puzzle:counter` begins with this many zero bits."""
        text = f"{self._entropy.token_bytes(_NONCE_BYTES).hex()}.{bits}.{expires_at // SECOND}"
        return f"{text}.{_mac(self._keys[0], text)}"

    def solved(self, answer: str, bits: int, now: Instant) -> str | None:
        """The puzzle that this answer (`puzzle:counter`) solves, if we made it, it asks for these bits at least, and
        its time is not over.
        """
        puzzle, _, counter = answer.partition(":")
        found = _SHAPE.match(puzzle)
        if found is None or not _COUNTER.match(counter):
            return None
        text = puzzle.rpartition(".")[0]
        if not any(hmac.compare_digest(found[4], _mac(key, text)) for key in self._keys):
            return None
        asked = int(found[2])
        if asked < bits or int(found[3]) * SECOND <= now:
            return None
        digest = hashlib.sha256(answer.encode()).digest()
        return found[1] if int.from_bytes(digest, "big") >> (256 - asked) == 0 else None


def _mac(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()

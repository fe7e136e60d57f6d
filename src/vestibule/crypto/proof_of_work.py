"""Proof of work (hashcash): puzzles that cost only the client computing time; no third party, no picture to look at."""

import hashlib
import hmac
import re

from vestibule.domain.instant import SECOND, Instant
from vestibule.domain.ports import Entropy

_SHAPE = re.compile(r"([0-9a-f]{32})\.(\d{1,2})\.(\d{1,11})\.([0-9a-f]{64})\Z")
_COUNTER = re.compile(r"[0-9a-z]{1,16}\Z")
_NONCE_BYTES = 16


class Puzzles:
    """Creates puzzles and checks answers. Puzzles are signed, so that none has to be stored.

    The first key signs, every key is accepted.
    """

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy

    def new(self, bits: int, expires_at: Instant) -> str:
        """Return a puzzle: find a counter so that SHA-256 of `puzzle:counter` begins with `bits` zero bits.

        `expires_at` is microseconds since 1970 UTC.
        """
        text = f"{self._entropy.token_bytes(_NONCE_BYTES).hex()}.{bits}.{expires_at // SECOND}"
        return f"{text}.{_mac(self._keys[0], text)}"

    def solved(self, answer: str, bits: int, now: Instant) -> str | None:
        """Return the nonce of the puzzle that an answer (`puzzle:counter`) solves; None when it does not.

        The puzzle must be signed by one of the keys, demand at least `bits`, and not be expired at `now`.
        """
        puzzle, _, counter = answer.partition(":")
        found = _SHAPE.match(puzzle)
        if found is None or not _COUNTER.match(counter):
            return None
        text = puzzle.rpartition(".")[0]
        if not any(hmac.compare_digest(found[4], _mac(key, text)) for key in self._keys):
            return None
        demanded = int(found[2])
        if demanded < bits or int(found[3]) * SECOND <= now:
            return None
        digest = hashlib.sha256(answer.encode()).digest()
        return found[1] if int.from_bytes(digest, "big") >> (256 - demanded) == 0 else None


def _mac(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()

"""Device cookies (OWASP): signed proof that a user signed in from this browser before, without a table."""

import hmac
import re
from collections.abc import Callable

from vestibule.domain.instant import Instant
from vestibule.domain.ports import Entropy

_SHAPE = re.compile(r"vst_knw_([0-9a-f]{32})([0-9a-f]{16})([0-9a-f]{64})([0-9a-f]{64})\Z")
_NONCE_BYTES = 16
_ANY_USER = ""


class SignedDeviceCookies:
    """Creates and reads device cookies. Each has two signatures: one for its user, whom it does not name, and one for
    Vestibule as its issuer. The first key signs, every key is accepted.
    """

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy

    def new(self, user_id: str, now: Instant) -> str:
        """Return a new device cookie for a user, issued at `now` (microseconds since 1970 UTC)."""
        nonce, issued = self._entropy.token_bytes(_NONCE_BYTES).hex(), f"{now:016x}"
        marks = [_mac(self._keys[0], whose, nonce, issued) for whose in (user_id, _ANY_USER)]
        return f"vst_knw_{nonce}{issued}{''.join(marks)}"

    def read(self, user_id: str, cookie: str) -> tuple[str, Instant] | None:
        """Return the browser's nonce and the time of issue, if the cookie was issued for this user; else None."""
        found = _SHAPE.match(cookie)
        if found is None or not self._signed(found[3], lambda key: _mac(key, user_id, found[1], found[2])):
            return None
        return found[1], int(found[2], 16)

    def is_ours(self, cookie: str) -> bool:
        """Whether Vestibule issued the cookie, for any user."""
        found = _SHAPE.match(cookie)
        return found is not None and self._signed(found[4], lambda key: _mac(key, _ANY_USER, found[1], found[2]))

    def _signed(self, mark: str, by: Callable[[bytes], str]) -> bool:
        return any(hmac.compare_digest(mark, by(key)) for key in self._keys)


def _mac(key: bytes, *parts: str) -> str:
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()

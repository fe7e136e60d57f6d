"""Cookies that say "this user signed in here before", without a table."""

import hmac
import re
from collections.abc import Callable

from vestibule.domain.instant import Instant
from vestibule.domain.ports import Entropy

_SHAPE = re.compile(r"vst_knw_([0-9a-f]{32})([0-9a-f]{16})([0-9a-f]{64})([0-9a-f]{64})\Z")
_NONCE_BYTES = 16
_ANYBODY = ""


class DeviceCookies:
    """Signed twice: for one user who is not named, and as ours at all. The first key signs, every key is accepted."""

    def __init__(self, keys: tuple[bytes, ...], entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy

    def new(self, user_id: str, now: Instant) -> str:
        """A cookie for this user, from now on."""
        nonce, issued = self._entropy.token_bytes(_NONCE_BYTES).hex(), f"{now:016x}"
        marks = [_mac(self._keys[0], whose, nonce, issued) for whose in (user_id, _ANYBODY)]
        return f"vst_knw_{nonce}{issued}{''.join(marks)}"

    def read(self, user_id: str, cookie: str) -> tuple[str, Instant] | None:
        """Which browser it is and since when, if the cookie was made for this user."""
        found = _SHAPE.match(cookie)
        if found is None or not self._signed(found[3], lambda key: _mac(key, user_id, found[1], found[2])):
            return None
        return found[1], int(found[2], 16)

    def is_ours(self, cookie: str) -> bool:
        """Whether we made it, for whomever."""
        found = _SHAPE.match(cookie)
        return found is not None and self._signed(found[4], lambda key: _mac(key, _ANYBODY, found[1], found[2]))

    def _signed(self, mark: str, by: Callable[[bytes], str]) -> bool:
        return any(hmac.compare_digest(mark, by(key)) for key in self._keys)


def _mac(key: bytes, *parts: str) -> str:
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()

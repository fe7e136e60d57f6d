"""A session's name with our stamp: what sibling hosts get instead of the session's secret."""

import hmac
import re

_SHAPE = re.compile(r"vst_fwd_(session_[0-9a-z]{26})_([0-9a-f]{64})\Z")


class SessionStamps:
    """Opens what stands behind forward-auth, and nothing here. The first key stamps, every key is accepted."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys

    def stamp(self, session_id: str) -> str:
        """A value for a cookie that reaches other hosts."""
        return f"vst_fwd_{session_id}_{_mac(self._keys[0], session_id)}"

    def read(self, value: str) -> str | None:
        """Which session it names, if we stamped it; the session may have ended."""
        found = _SHAPE.match(value)
        if found is None or not any(hmac.compare_digest(found[2], _mac(key, found[1])) for key in self._keys):
            return None
        return found[1]


def _mac(key: bytes, session_id: str) -> str:
    return hmac.digest(key, session_id.encode(), "sha256").hex()

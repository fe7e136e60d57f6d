"""Forward-auth cookies: signed, with a session's id, for sibling hosts that must not get the session's secret."""

import hmac
import re

_SHAPE = re.compile(r"vst_fwd_(session_[0-9a-z]{26})_([0-9a-f]{64})\Z")


class ForwardAuthCookies:
    """Creates and reads forward-auth cookies, which only forward-auth accepts, never Vestibule's own routes.

    The first key signs, every key is accepted.
    """

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys

    def new(self, session_id: str) -> str:
        """Return the cookie value for a session; it may be sent to other hosts."""
        return f"vst_fwd_{session_id}_{_mac(self._keys[0], session_id)}"

    def read(self, value: str) -> str | None:
        """Return the session id in a cookie value; None when the signature is not valid. The session may have ended."""
        found = _SHAPE.match(value)
        if found is None or not any(hmac.compare_digest(found[2], _mac(key, found[1])) for key in self._keys):
            return None
        return found[1]


def _mac(key: bytes, session_id: str) -> str:
    return hmac.digest(key, session_id.encode(), "sha256").hex()

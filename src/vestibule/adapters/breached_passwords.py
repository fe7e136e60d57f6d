"""Lists of breached passwords: a local filter file and, if the operator configures it, a k-anonymous lookup."""

import hashlib
from collections.abc import Sequence

from vestibule.adapters.outbound_http import OutboundHttp
from vestibule.adapters.password_filter import PasswordFilter
from vestibule.domain.errors import PasswordCheckUnavailable
from vestibule.domain.outbound import OutboundError
from vestibule.domain.ports import BreachedPasswords
from vestibule.observability.logs import get_logger

_PREFIX = 5
_PADDED = {"Add-Padding": "true"}
_log = get_logger("breached_passwords")


class Lists:
    """Several lists as one: a password is in it when any of them contains it."""

    def __init__(self, lists: Sequence[BreachedPasswords]) -> None:
        self._lists = lists

    async def contains(self, password: str) -> bool:
        """Whether any list contains the password; queried in the given order. Raises PasswordCheckUnavailable."""
        for found in self._lists:
            if await found.contains(password):
                return True
        return False

    async def close(self) -> None:
        """Close all lists."""
        for found in self._lists:
            await found.close()


class FilterFile:
    """A list in a filter file that `vestibule passwords build-filter` created. Raises ValueError for another file."""

    def __init__(self, path: str) -> None:
        self._filter = PasswordFilter(path)

    async def contains(self, password: str) -> bool:
        """Whether the filter contains the password (with a few false positives); reads memory-mapped pages."""
        return self._filter.contains(password)

    async def close(self) -> None:
        """Unmap the file."""
        self._filter.close()


class RangeLookup:
    """A lookup by the range protocol of Pwned Passwords: it sends the first five hex digits of the SHA-1 and compares
    the rest locally, so that the service does not learn the password. Responses are padded.
    """

    def __init__(self, http: OutboundHttp, base_url: str, *, refuse_when_unavailable: bool) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._refuse = refuse_when_unavailable

    async def contains(self, password: str) -> bool:
        """Whether the service lists the password. When it does not respond, raises PasswordCheckUnavailable or returns
        False, as configured.
        """
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        lines = await self._lines(digest[:_PREFIX])
        if lines is None and self._refuse:
            raise PasswordCheckUnavailable(retry_after=30)
        return lines is not None and _has(lines, digest[_PREFIX:])

    async def _lines(self, prefix: str) -> str | None:
        """Return the hashes with a prefix; None when the service does not respond, or with an error."""
        try:
            answer = await self._http.request("GET", f"{self._base_url}/range/{prefix}", headers=_PADDED)
        except OutboundError as error:
            _log.warning("lookup_failed", error=str(error))
            return None
        if not answer.is_success:
            _log.warning("lookup_failed", error=f"status {answer.status}")
            return None
        return answer.body.decode("ascii", "replace")

    async def close(self) -> None:
        """Close open connections."""
        await self._http.close()


def _has(text: str, suffix: str) -> bool:
    """Whether a response (lines of `suffix:count`) contains the suffix; padding lines have the count 0."""
    for line in text.splitlines():
        found, _, count = line.strip().partition(":")
        if found.upper() == suffix and count.strip("0 "):
            return True
    return False

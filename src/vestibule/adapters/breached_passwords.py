"""Lists of stolen passwords: a file of our own, and, where the operator wants it, a lookup by k-anonymity."""

import hashlib
from collections.abc import Sequence
from typing import Any

from vestibule.adapters.password_filter import PasswordFilter
from vestibule.domain.errors import PasswordCheckUnavailable
from vestibule.domain.ports import BreachedPasswords
from vestibule.observability.logs import get_logger

_TIMEOUT_SECONDS = 2.0
_PREFIX = 5
_log = get_logger("breached_passwords")


class Lists:
    """In any of them is in all of them."""

    def __init__(self, lists: Sequence[BreachedPasswords]) -> None:
        self._lists = lists

    async def contains(self, password: str) -> bool:
        """Ask one after the other, the cheapest first."""
        for found in self._lists:
            if await found.contains(password):
                return True
        return False

    async def close(self) -> None:
        """Close all."""
        for found in self._lists:
            await found.close()


class FilterFile:
    """A file that `vestibule passwords build-filter` made."""

    def __init__(self, path: str) -> None:
        self._filter = PasswordFilter(path)

    async def contains(self, password: str) -> bool:
        """A look into memory-mapped pages."""
        return self._filter.contains(password)

    async def close(self) -> None:
        """Unmap it."""
        self._filter.close()


class RangeLookup:
    """Asks by the first five hex digits of the SHA-1, and compares the rest here: nobody learns the password (the
    range protocol of Pwned Passwords). Answers are padded, and no redirect is followed.
    """

    def __init__(self, base_url: str, *, refuse_when_unavailable: bool) -> None:
        self._base_url = base_url.rstrip("/")
        self._refuse = refuse_when_unavailable
        self._client: Any = None

    async def contains(self, password: str) -> bool:
        """Raises PasswordCheckUnavailable, when that is the policy; otherwise silence counts as absence."""
        import httpx

        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        self._client = self._client or httpx.AsyncClient(
            timeout=_TIMEOUT_SECONDS, headers={"Add-Padding": "true", "User-Agent": "vestibule"}
        )
        try:
            answer = await self._client.get(f"{self._base_url}/range/{digest[:_PREFIX]}")
            answer.raise_for_status()
        except httpx.HTTPError as error:
            _log.warning("lookup_failed", error=type(error).__name__)
            if self._refuse:
                raise PasswordCheckUnavailable(retry_after=30) from error
            return False
        return _has(answer.text, digest[_PREFIX:])

    async def close(self) -> None:
        """Let go of held connections."""
        if self._client is not None:
            await self._client.aclose()


def _has(text: str, suffix: str) -> bool:
    """Lines of `suffix:count`; padding has the count 0."""
    for line in text.splitlines():
        found, _, count = line.strip().partition(":")
        if found.upper() == suffix and count.strip("0 "):
            return True
    return False

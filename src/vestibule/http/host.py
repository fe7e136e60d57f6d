"""Checks the Host header. Nothing else reads it: no address is ever built from it."""

import re
from collections.abc import Iterable

from vestibule.http.config import HttpConfig

_HOST = re.compile(rb"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?\Z")
_MOST_SPELLINGS = 64


class Hosts:
    """The host names of this service, with any port: proxies in front listen on other ports."""

    def __init__(self, config: HttpConfig) -> None:
        self._names = config.hosts
        self._seen: set[bytes] = set()

    def knows(self, value: bytes) -> bool:
        """Whether this value of a Host header is one of our host names, with any port (RFC 9110 section 7.2)."""
        if value in self._seen:
            return True
        found = _HOST.match(value)
        if found is None or found[1].decode().lower().rstrip(".") not in self._names:
            return False
        if len(self._seen) < _MOST_SPELLINGS:
            self._seen.add(value)
        return True

    def accepts(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether these headers have exactly one Host header, with one of our host names."""
        values = [value for name, value in headers if name == b"host"]
        return len(values) == 1 and self.knows(values[0])

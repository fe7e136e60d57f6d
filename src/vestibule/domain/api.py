"""APIs: what accepts Vestibule's access tokens, known by an audience."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from vestibule.domain.instant import Instant

# RFC 6749 section 3.3: visible ASCII but for quotes and backslashes.
_SCOPE = re.compile(r"[!#-\[\]-~]{1,64}\Z")
MOST_SCOPES = 50


@dataclass(frozen=True, slots=True)
class Api:
    """One row of `apis`. One that was registered together with a client has the same id as that client."""

    id: str
    name: str
    audience: str
    scopes: tuple[str, ...]
    created_at: Instant

    def granted(self, wanted: str) -> tuple[str, ...] | None:
        """Return the scopes of a token for this API: those in `wanted` (between spaces), or all when it is empty.

        None when `wanted` has a scope that the API does not have.
        """
        requested = tuple(dict.fromkeys(wanted.split())) or self.scopes
        return requested if set(requested) <= set(self.scopes) else None


def is_audience(text: str) -> bool:
    """Whether the text is an absolute https (or loopback http) URL without query and fragment (RFC 8707 section 2)."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"} or (parts.hostname or "").endswith(".localhost")
    secure = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    return secure and bool(parts.hostname) and not parts.query and not parts.fragment and not parts.username


def is_scope(text: str) -> bool:
    """Whether the text is one scope token of at most 64 characters (RFC 6749 section 3.3)."""
    return _SCOPE.match(text) is not None

"""Clients: APIs that accept Vestibule's access tokens, and programs that may introspect credentials."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from vestibule.domain.instant import Instant

_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}\Z")
# RFC 6749 section 3.3: visible ASCII but for quotes and backslashes.
_SCOPE = re.compile(r"[!#-\[\]-~]{1,64}\Z")
MOST_SCOPES = 50


class Introspects(StrEnum):
    """Which credentials a client may introspect: its own, or all (for a gateway in front of several APIs)."""

    OWN = "own"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Client:
    """One row of `clients`. With an `audience` it is an API, for which access tokens can be issued."""

    id: str
    name: str
    audience: str | None
    scopes: tuple[str, ...]
    created_at: Instant
    introspects: Introspects = Introspects.OWN

    def granted(self, wanted: str) -> tuple[str, ...] | None:
        """Return the scopes of a token for this API: those in `wanted` (between spaces), or all when it is empty.

        None when `wanted` has a scope that the API does not have.
        """
        requested = tuple(dict.fromkeys(wanted.split())) or self.scopes
        return requested if set(requested) <= set(self.scopes) else None

    def introspected(self, owner: str, scopes: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the scopes of an API key (of `owner`, with `scopes`) that this client may see; None when it may not
        see the key at all.
        """
        if self.introspects is Introspects.ALL or owner == self.id:
            return scopes
        return tuple(scope for scope in scopes if scope in self.scopes) or None

    def may_revoke_key(self, owner: str, scopes: tuple[str, ...]) -> bool:
        """Whether this client may revoke an API key: its own, or one whose scopes are all scopes of its API."""
        return owner == self.id or (bool(scopes) and set(scopes) <= set(self.scopes))


def is_client_name(text: str) -> bool:
    """Whether the text is a client name: 2 to 63 lower-case letters, digits and `-`, starting with a letter."""
    return _NAME.match(text) is not None


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

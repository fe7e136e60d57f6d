"""Clients: programs with a secret, that introspect and revoke credentials."""

import re
from dataclasses import dataclass
from enum import StrEnum

from vestibule.domain.api import Api
from vestibule.domain.instant import Instant

_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}\Z")


class Introspects(StrEnum):
    """Which credentials a client may introspect: its own, or all (for a gateway in front of several APIs)."""

    OWN = "own"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Client:
    """One row of `clients`, with the API that it speaks for, if any: that API's tokens and keys are its own."""

    id: str
    name: str
    api: Api | None
    created_at: Instant
    may_introspect: Introspects = Introspects.OWN

    @property
    def audience(self) -> str | None:
        """The audience of the API that this client speaks for."""
        return self.api.audience if self.api else None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of the API that this client speaks for; none without one."""
        return self.api.scopes if self.api else ()

    def introspected(self, owner: str, scopes: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the scopes of an API key (of `owner`, with `scopes`) that this client may see; None when it may not
        see the key at all.
        """
        if self.may_introspect is Introspects.ALL or owner == self.id:
            return scopes
        return tuple(scope for scope in scopes if scope in self.scopes) or None

    def may_revoke_key(self, owner: str, scopes: tuple[str, ...]) -> bool:
        """Whether this client may revoke an API key: its own, or one whose scopes are all scopes of its API."""
        return owner == self.id or (bool(scopes) and set(scopes) <= set(self.scopes))


def is_client_name(text: str) -> bool:
    """Whether the text is a name of a client or an API: 2 to 63 lower-case letters, digits and `-`, starting with a
    letter.
    """
    return _NAME.match(text) is not None

"""Who may call a route. Each guard refuses by raising; none of them is the default."""

from typing import Any

from vestibule.domain.errors import InvalidAccessToken, NotAuthenticated, NotFound
from vestibule.domain.principal import Anonymous
from vestibule.http.call import Call


def anyone(_: Call[Any]) -> None:
    """Everybody, signed in or not."""


def signed_in(call: Call[Any]) -> None:
    """Somebody with a live session, through either door."""
    if isinstance(call.caller, Anonymous):
        if call.request.headers.get("authorization") is not None:
            raise InvalidAccessToken
        raise NotAuthenticated


def development(call: Call[Any]) -> None:
    """Everybody, in development; elsewhere the address does not exist (ASVS 15.2.3)."""
    if not call.edge.development:
        raise NotFound

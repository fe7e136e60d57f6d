"""Guards: who may call a route. Each guard refuses by raising; every route has to name one, as there is no default."""

from typing import Any

from vestibule.domain.errors import InvalidAccessToken, NotAuthenticated, NotFound
from vestibule.domain.principal import Anonymous
from vestibule.http.call import Call


def anyone(_: Call[Any]) -> None:
    """Guard: every caller, signed in or not."""


def signed_in(call: Call[Any]) -> None:
    """Guard: callers with a live session of either type. Raises NotAuthenticated or InvalidAccessToken."""
    if isinstance(call.caller, Anonymous):
        if call.request.headers.get("authorization") is not None:
            raise InvalidAccessToken
        raise NotAuthenticated


def development(call: Call[Any]) -> None:
    """Guard: every caller, in development only; elsewhere the address does not exist (ASVS 15.2.3). Raises NotFound."""
    if not call.config.development:
        raise NotFound

"""Guards: who may call a route. Each guard refuses by raising; every route has to name one, as there is no default."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vestibule.domain.errors import InvalidAccessToken, NotAuthenticated, NotFound, VestibuleError
from vestibule.domain.principal import Anonymous
from vestibule.http.call import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Who may call a route, as a value: a guard for one permission would be made by a function of that permission.

    `refuse` raises one of `errors` when the caller may not go on. `needs_caller`: no anonymous caller may.
    """

    refuse: Callable[[Call[Any]], None]
    errors: tuple[type[VestibuleError], ...] = ()
    needs_caller: bool = False

    def __call__(self, call: Call[Any]) -> None:
        """Return when the caller may go on. Raises one of `errors` otherwise."""
        self.refuse(call)


def _refuse_no_one(_: Call[Any]) -> None:
    pass


def _refuse_anonymous(call: Call[Any]) -> None:
    if isinstance(call.caller, Anonymous):
        if call.request.headers.get("authorization") is not None:
            raise InvalidAccessToken
        raise NotAuthenticated


def _refuse_outside_development(call: Call[Any]) -> None:
    if not call.config.development:
        raise NotFound


anyone = Guard(refuse=_refuse_no_one)
"""Guard: every caller, signed in or not."""
signed_in = Guard(refuse=_refuse_anonymous, errors=(NotAuthenticated, InvalidAccessToken), needs_caller=True)
"""Guard: callers with a live session of either type."""
development = Guard(refuse=_refuse_outside_development, errors=(NotFound,))
"""Guard: every caller, in development only; elsewhere the address does not exist (ASVS 15.2.3)."""

"""Sensitive changes need a proof from the last minutes that it is still the same person (ASVS 7.5.1)."""

from collections.abc import Callable
from typing import Any

import msgspec

from vestibule.domain.errors import ReauthRequired
from vestibule.http.call import Call
from vestibule.http.login_answers import attempt_member

Freshness = Callable[[Call[Any]], bool]


def always(_: Call[Any]) -> bool:
    """Every request of the route."""
    return True


def without_password(call: Call[Any]) -> bool:
    """Requests that do not prove it themselves, or whose user needs more than a password."""
    body = call.body
    given = getattr(body, "current_password", None) or getattr(body, "password", None)
    return not isinstance(given, str) or call.services.login.needs_second_factor(call.principal)


def for_another_email(call: Call[Any]) -> bool:
    """Changes of the address; the rest of the profile is not that sensitive."""
    if call.body.email in (msgspec.UNSET, call.principal.user.email):
        return False
    return without_password(call)


async def check(call: Call[Any], needed: Freshness) -> None:
    """Raises ReauthRequired, with the attempt that this session may run."""
    if not needed(call) or call.services.login.is_fresh(call.principal):
        return
    needs = await call.services.login.begin_step_up(call.principal, call.device)
    raise ReauthRequired(attempt=attempt_member(needs))

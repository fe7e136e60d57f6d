"""Sensitive requests need a proof from the last minutes (ASVS 7.5.1); services/login/step_up decides what is one."""

from collections.abc import Callable
from typing import Any

import msgspec

from vestibule.domain.errors import Denied, ReauthRequired
from vestibule.domain.login import NeedsStep
from vestibule.http.call import Call
from vestibule.http.login_answers import attempt_member
from vestibule.services.login.step_up import RequestProof

Freshness = Callable[[Call[Any]], RequestProof | None]


def always(_: Call[Any]) -> RequestProof:
    """Every request of the route; its body holds no proof."""
    return RequestProof()


def or_password(call: Call[Any]) -> RequestProof:
    """The same, or the member `password`."""
    return RequestProof("password", call.body.password if call.body else None)


def and_current_password(call: Call[Any]) -> RequestProof:
    """A change of the password: the member `currentPassword`, where there is a password."""
    return RequestProof("currentPassword", call.body.current_password, is_current=True)


def for_another_email(call: Call[Any]) -> RequestProof | None:
    """Changes of the address; the rest of the profile is not that sensitive."""
    body = call.body
    if body.email in (msgspec.UNSET, call.principal.user.email):
        return None
    return RequestProof("currentPassword", None if body.current_password is msgspec.UNSET else body.current_password)


async def check(call: Call[Any], needed: Freshness) -> None:
    """Raises ReauthRequired with the attempt that this session may run, or what is wrong with the password."""
    shown = needed(call)
    if shown is None:
        return
    refused = await call.services.step_up.check(call.principal, shown, call.device)
    if isinstance(refused, NeedsStep):
        raise ReauthRequired(attempt=attempt_member(refused))
    if isinstance(refused, Denied):
        raise refused.reason

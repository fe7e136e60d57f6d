"""Sensitive requests need a proof from the last minutes (ASVS 7.5.1); services/login/step_up checks it."""

from collections.abc import Callable
from typing import Any

import msgspec

from vestibule.domain.errors import Overloaded, ReauthRequired, ValidationFailed, VestibuleError, WrongPassword
from vestibule.domain.login import NeedsStep
from vestibule.http.call import Call
from vestibule.http.login_answers import attempt_member
from vestibule.http.outcomes import granted
from vestibule.services.login.step_up import RequestProof

Freshness = Callable[[Call[Any]], RequestProof | None]


def always(_: Call[Any]) -> RequestProof:
    """`Route.fresh`: every request of the route needs a recent proof; its body carries none."""
    return RequestProof()


def or_password(call: Call[Any]) -> RequestProof:
    """`Route.fresh`: every request of the route needs a recent proof, or the member `password` in its body."""
    return RequestProof("password", call.body.password if call.body else None)


def and_current_password(call: Call[Any]) -> RequestProof:
    """`Route.fresh` for a change of the password: the member `currentPassword`, if the account has a password."""
    return RequestProof("currentPassword", call.body.current_password, is_current=True)


def for_another_email(call: Call[Any]) -> RequestProof | None:
    """`Route.fresh` for the profile: a new email address needs a recent proof or `currentPassword`."""
    body = call.body
    if body.email in (msgspec.UNSET, call.principal.user.email):
        return None
    return RequestProof("currentPassword", None if body.current_password is msgspec.UNSET else body.current_password)


def errors(needed: Freshness | None) -> tuple[type[VestibuleError], ...]:
    """Return what `check` can raise: the errors of a password only where one may be the proof."""
    return (ReauthRequired,) if needed is always else (ReauthRequired, ValidationFailed, WrongPassword, Overloaded)


async def check(call: Call[Any], needed: Freshness) -> None:
    """Require the proof that the row's `needed` asks for, if any. Raises ReauthRequired with the attempt to run, or the
    error of the password that was sent as the proof.
    """
    shown = needed(call)
    if shown is None:
        return
    refused = await call.services.login.step_up.check(call.principal, shown, call.device)
    if isinstance(refused, NeedsStep):
        raise ReauthRequired(attempt=attempt_member(refused))
    granted(refused)

"""Admits the caller of a request: finds out who it is, checks the CSRF token, and asks the row's guard."""

from typing import Any

from vestibule.checks import csrf, principal
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.route import Route
from vestibule.domain.errors import CsrfFailed, DatabaseUnavailable, Unavailable, VestibuleError
from vestibule.domain.principal import Authenticated
from vestibule.http.call import Call

OUTAGES = (DatabaseUnavailable, Unavailable)
"""What a check that asks the database can raise: it does not answer, or the round that asked was cut off."""
_BY_PAGE = AuthorisedBy.SESSION_COOKIE | AuthorisedBy.CSRF_TOKEN


async def admit(route: Route, call: Call[Any]) -> None:
    """Resolve the caller, and refuse one that may not call this route. Raises CsrfFailed and what the guard raises."""
    await _admit(route, call, whole_user=route.whole_user and not csrf.has_body(call))


async def receive_body(route: Route, call: Call[Any]) -> None:
    """Wait for the whole body, then admit a signed-in caller again. Raises what `admit` raises, and the body's errors.

    The client decides when its body ends: a session that ended meanwhile must not act, nor act on the account as it was
    before. This waits for every body: one that is refused later would get a second response within a stream.
    """
    await call.request.body()
    if csrf.has_body(call) and isinstance(call.caller, Authenticated):
        await _admit(route, call, whole_user=route.whole_user)


async def _admit(route: Route, call: Call[Any], *, whole_user: bool) -> None:
    """`whole_user`: load the user and the session as rows, too. Before the body has arrived that would be too early."""
    await principal.resolve(call, route.authorised_by, whole_user=whole_user)
    csrf.check_token(call, always=AuthorisedBy.CSRF_TOKEN in route.authorised_by)
    route.guard(call)


def admission_errors(route: Route) -> tuple[type[VestibuleError], ...]:
    """Return what `admit` can raise for a row."""
    by_page = route.method not in csrf.SAFE_METHODS and route.authorised_by & _BY_PAGE
    looked_up = route.authorised_by & AuthorisedBy.ANY_SESSION
    return (
        *route.guard.errors,
        *((CsrfFailed,) if by_page else ()),
        *(OUTAGES if looked_up else ()),
    )

"""Finds the caller of a request, by what its row takes: the Authorization header alone when there is one, else the
session cookie.
"""

from typing import Any

from vestibule.checks import csrf
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.domain.principal import Anonymous, Authenticated, Caller
from vestibule.http.bearer import BEARER
from vestibule.http.call import Call
from vestibule.services.access.session_check import Checked


async def resolve(call: Call[Any], authorised_by: AuthorisedBy, *, whole_user: bool) -> None:
    """Set the caller. A malformed, repeated, expired or revoked credential means anonymous, and is not an error.

    `whole_user`: load the rows of the user and the session too, which the session check does not return. A session that
    ended since the check, or whose secret was replaced, means anonymous as well.
    """
    call.caller, call.whole = await _caller(call, authorised_by), None
    if whole_user and isinstance(call.caller, Authenticated):
        secret = call.presented.get(call.cookies.session_name)
        call.whole = await call.services.access.session_check.whole_user(call.caller.session, secret)
        if call.whole is None:
            call.caller = Anonymous()


async def _caller(call: Call[Any], authorised_by: AuthorisedBy) -> Caller:
    authorization = call.request.headers.getlist("authorization")
    if authorization and AuthorisedBy.BEARER in authorised_by:
        found = await _by_header(call, authorization, authorised_by)
    else:
        found = await _by_cookie(call, authorised_by)
    if found is None:
        return Anonymous()
    # A caller that is admitted twice was touched if the first check did so.
    before = isinstance(call.caller, Authenticated) and call.caller.touched
    return Authenticated(found.session, touched=found.touched or before)


async def _by_header(call: Call[Any], authorization: list[str], authorised_by: AuthorisedBy) -> Checked | None:
    match, check = BEARER.match(authorization[0]), call.services.access.session_check
    if match is None or len(authorization) > 1:
        return None
    takes_keys = AuthorisedBy.API_KEY in authorised_by
    return await (check.by_bearer(match[1]) if takes_keys else check.by_access_token(match[1]))


async def _by_cookie(call: Call[Any], authorised_by: AuthorisedBy) -> Checked | None:
    if AuthorisedBy.SESSION_COOKIE not in authorised_by:
        return None
    if AuthorisedBy.OWN_BODY in authorised_by and not csrf.is_sent(call):
        # The cookie merely travels along: to a request of an application on another origin, for example.
        return None
    secret = call.presented.get(call.cookies.session_name)
    return await call.services.access.session_check.by_cookie(secret) if secret else None

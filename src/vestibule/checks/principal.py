"""Finds the caller of a request, by what its row takes: the Authorization header alone when there is one, else the
session cookie.
"""

from typing import Any

from vestibule.checks import csrf
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.domain.principal import Anonymous, Caller
from vestibule.http.bearer import BEARER
from vestibule.http.call import Call


async def resolve(call: Call[Any], authorised_by: AuthorisedBy) -> Caller:
    """Return the caller. A malformed, repeated, expired or revoked credential means anonymous, and is not an error."""
    authorization = call.request.headers.getlist("authorization")
    if authorization and AuthorisedBy.BEARER in authorised_by:
        return await _bearer(call, authorization)
    if AuthorisedBy.SESSION_COOKIE not in authorised_by:
        return Anonymous()
    if AuthorisedBy.OWN_BODY in authorised_by and not csrf.is_sent(call):
        # The cookie merely travels along: to a request of an application on another origin, for example.
        return Anonymous()
    secret = call.presented.get(call.cookies.session_name)
    if secret is None:
        return Anonymous()
    return await call.services.sessions.sessions.authenticate(secret) or Anonymous(bad_credential=True)


async def _bearer(call: Call[Any], authorization: list[str]) -> Caller:
    match = BEARER.match(authorization[0]) if len(authorization) == 1 else None
    if match is None:
        return Anonymous(bad_credential=True)
    return await call.services.tokens.tokens.authenticate(match[1]) or Anonymous(bad_credential=True)

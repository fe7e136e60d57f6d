"""Who is asking: the Authorization header alone when there is one, else the session cookie."""

import re
from typing import Any

from vestibule.domain.principal import Anonymous, Caller
from vestibule.http.call import Call

BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9\-._~+/]+=*)\Z")


async def resolve(call: Call[Any]) -> Caller:
    """The caller. A credential that is malformed, doubled, expired or revoked makes nobody of him, not an error."""
    authorization = call.request.headers.getlist("authorization")
    if authorization:
        return await _bearer(call, authorization)
    secret = call.presented.get(call.cookies.session_name)
    if secret is None:
        return Anonymous()
    return await call.services.sessions.authenticate(secret) or Anonymous(bad_credential=True)


async def _bearer(call: Call[Any], authorization: list[str]) -> Caller:
    match = BEARER.match(authorization[0]) if len(authorization) == 1 else None
    if match is None:
        return Anonymous(bad_credential=True)
    return await call.services.tokens.authenticate(match[1]) or Anonymous(bad_credential=True)

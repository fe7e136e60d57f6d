"""Refreshing."""

from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.instant import SECOND
from vestibule.http.call import Answer, Call
from vestibule.schemas.tokens import RefreshedTokens, RefreshRequest


async def refresh(call: Call[RefreshRequest]) -> Answer:
    """Trade a refresh token, from the body or its cookie, for a new pair; it comes back the way it came."""
    in_body = call.body and call.body.refresh_token
    secret = in_body or call.presented.get(call.cookies.refresh_name)
    if not secret:
        fault = FieldError("required", "Send refreshToken in the body, or its cookie.")
        raise ValidationFailed(fields={"refreshToken": fault})
    pair = await call.services.tokens.refresh(secret, call.device)
    if isinstance(pair, Denied):
        raise pair.reason
    body = RefreshedTokens(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token if in_body else None,
        expires_in=pair.expires_in,
    )
    if in_body:
        return Answer(body)
    seconds = (pair.refresh_expires_at - call.services.rate_limits.now()) // SECOND
    return Answer(body, cookies=(call.cookies.refresh(pair.refresh_token, seconds),))

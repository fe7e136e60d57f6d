"""The controller for refreshing token sessions."""

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.domain.instant import SECOND
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.schemas.tokens import RefreshedTokens, RefreshRequest


async def refresh(call: Call[RefreshRequest]) -> Answer:
    """Exchange a refresh token for a new token pair. The new refresh token is returned where the old one was sent: in
    the body, or in its cookie.

    Without a body and without the cookie the answer is 204: pages ask at every load whether a user is signed in, and
    browsers log every 4xx as an error of the page.
    """
    in_body = call.body and call.body.secret()
    secret = in_body or call.presented.get(call.cookies.refresh_name)
    if not secret and call.body is None:
        return Answer(status=204)
    if not secret:
        error = FieldError("required", "Send refreshToken in the body, or its cookie.")
        raise ValidationFailed(fields={"refreshToken": error})
    pair = granted(await call.services.tokens.tokens.refresh(secret, call.device))
    body = RefreshedTokens(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token if in_body else None,
        expires_in=pair.expires_in,
    )
    if in_body:
        return Answer(body)
    seconds = (pair.refresh_expires_at - call.services.abuse.rate_limits.now()) // SECOND
    return Answer(body, cookies=(call.cookies.refresh(pair.refresh_token, seconds),))

"""The profile `auth-flow`: tokens inside `user` after a sign-in, display names in place of usernames, its own texts.

Its front end stores `user.token` and `user.refresh_token` of the sign-in, shows `user.username`, and reads nothing of a
refusal but `message`.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.route import Route
from vestibule.compatibility.flat_profile import flat, nested
from vestibule.compatibility.profile import Profile, SeenRequest, SiteMap
from vestibule.controllers import account, login, password_reset, registration, tokens
from vestibule.domain.errors import DatabaseUnavailable, FieldError, IdentifierTaken, InvalidRefreshToken, Unavailable
from vestibule.domain.instant import HOUR, MINUTE, SECOND
from vestibule.domain.shown_text import readable
from vestibule.http.call import Answer, Call
from vestibule.schemas.base import Done, Input, Output, Secret
from vestibule.schemas.login import TokenLoginRequest
from vestibule.schemas.registration import RegistrationReceived, RegistrationRequest
from vestibule.schemas.tokens import LogoutRequest, RefreshRequest
from vestibule.schemas.users import SafeUser
from vestibule.services.credentials.identifiers import parse_username

_TAGS = ("auth-flow",)


class FlowUser(SafeUser, omit_defaults=True):
    """A user as Auth-Flow answers it. `username`: the display name. Only the answer to a sign-in has the tokens."""

    created: str = msgspec.field(name="created_at")
    token: str | None = None
    refresh: str | None = msgspec.field(name="refresh_token", default=None)


class FlowAccount(Output):
    """The caller's account, or the new one."""

    user: FlowUser
    success: bool = True


class FlowLogin(Output):
    """Signed in with a token session. Without `tokenDelivery: cookie` the tokens are in `user`, too."""

    user: FlowUser
    access_token: str
    refresh_token: str | None
    expires_in: int
    token_type: str
    success: bool


class FlowRefreshRequest(Input):
    """The refresh token. No cookie takes the place of an empty one: this answer could not renew the cookie."""

    refresh_token: Annotated[Secret, msgspec.Meta(min_length=1)] = msgspec.field(name="refresh_token")


class FlowTokens(Output):
    """A new token pair. `expiresIn` is text, such as 15m."""

    token: str
    refresh: str = msgspec.field(name="refresh_token")
    expires_in: str
    success: bool = True


class FlowRefreshed(Output):
    """The answer to a refresh."""

    tokens: FlowTokens = msgspec.field(name="newAccess_token")
    success: bool = True


async def register(call: Call[RegistrationRequest]) -> Answer:
    """Register a new user, who is not signed in. `username` is a display name, which several users may have."""
    try:
        answer = await registration.register(call)
    except IdentifierTaken as error:
        if set(error.fields) != {"username"}:
            raise
        # It shows to people as the display name only, so another username will do.
        call.body = msgspec.structs.replace(call.body, username=_new_username(call))
        answer = await registration.register(call)
    return answer if isinstance(answer.body, RegistrationReceived) else _with_user(answer)


async def sign_in(call: Call[TokenLoginRequest]) -> Answer:
    """Sign in with a password and start a token session. The tokens stand in `user`, too."""
    answer = await login.sign_in_with_tokens(call)
    body = _body(answer)
    by_cookie = body.refresh_token is None  # then no script may read the refresh token, and none is in the body
    user = _flow_user(body.user)
    if not by_cookie:
        user = msgspec.structs.replace(user, token=body.access_token, refresh=body.refresh_token)
    return flat(replace(answer, body=FlowLogin(**{**msgspec.structs.asdict(body), "user": user})))


async def profile(call: Call[None]) -> Answer:
    """Get the caller's account."""
    return _with_user(await account.profile(call))


async def refresh(call: Call[FlowRefreshRequest]) -> Answer:
    """Exchange a refresh token for a new token pair. Each works once."""
    asked: Call[Any] = call
    asked.body = RefreshRequest(refresh_token=call.body.refresh_token)
    given = _body(await tokens.refresh(asked))
    pair = FlowTokens(token=given.access_token, refresh=given.refresh_token, expires_in=_duration(given.expires_in))
    return Answer(FlowRefreshed(tokens=pair))


async def log_out(call: Call[LogoutRequest]) -> Answer:
    """End the token session, by its access token, or by its refresh token."""
    return replace(await login.log_out(call), body=Done(message="Logged out successfully"))


async def forgot(call: Call[Any]) -> Answer:
    """Request a reset link. The answer does not reveal whether the address belongs to an account."""
    message = "Password reset token generated successfully"
    return replace(await password_reset.forgot(call), body=Done(message=message))


async def reset(call: Call[Any]) -> Answer:
    """Set a new password with the token of a reset link."""
    return replace(await password_reset.reset(call), body=Done(message="Password updated successfully"))


def _as_display_name(call: Call[Any], members: dict[str, Any]) -> dict[str, Any]:
    """`Route.reshape` for a registration: `username` becomes the display name, and the username if it can be one."""
    members, text = nested(call, members), members.get("username")
    if not isinstance(text, str) or not (shown := readable(text)):
        return members
    is_username = not isinstance(parse_username(text), FieldError)
    return {**members, "name": shown, "username": text if is_username else _new_username(call)}


def _new_username(call: Call[Any]) -> str:
    return call.services.accounts.registration.new_username()


def _with_user(answer: Answer) -> Answer:
    return flat(replace(answer, body=FlowAccount(user=_flow_user(_body(answer).user))))


def _body(answer: Answer) -> Any:
    """The body of an own controller's answer, whose schema its row names."""
    return answer.body


def _flow_user(user: SafeUser) -> FlowUser:
    members = msgspec.structs.asdict(user)
    return FlowUser(**{**members, "username": user.name or user.username, "created": user.created_at})


def _duration(seconds: int) -> str:
    """Return a duration as the JWT libraries of Node write it, in its largest whole unit."""
    for unit, size in (("h", HOUR // SECOND), ("m", MINUTE // SECOND)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _rows(own: SiteMap) -> Iterable[Route]:
    post = {path: own["POST", f"/api/auth/{path}"] for path in _POSTS}
    answers = {201: FlowAccount, 202: RegistrationReceived}
    yield replace(post["register"], controller=register, reshape=_as_display_name, answers=answers)
    yield replace(post["login"], controller=sign_in, answers={200: FlowLogin})
    yield replace(post["logout"], controller=log_out)
    yield replace(post["forgot-password"], controller=forgot)
    yield replace(post["reset-password"], controller=reset)
    yield replace(own["GET", "/api/auth/profile"], controller=profile, answers={200: FlowAccount})
    yield replace(
        post["refresh"],
        path="/api/auth/token/refresh",
        controller=refresh,
        authorised_by=AuthorisedBy.OWN_BODY,
        body=FlowRefreshRequest,
        body_required=True,
        answers={200: FlowRefreshed},
        errors=(InvalidRefreshToken, DatabaseUnavailable, Unavailable),
        tags=_TAGS,
    )


_POSTS = ("register", "login", "logout", "forgot-password", "reset-password", "refresh")


def _recognises(seen: SeenRequest) -> bool:
    """Whether only its front end sends this: other paths, and no token because it looked for one elsewhere."""
    if seen.path in {"/api/auth/token/refresh", "/api/auth/test-email"}:
        return seen.status == 404
    return seen.path == "/api/auth/profile" and seen.status == 401 and not seen.has_authorization


PROFILE = Profile(
    name="auth-flow",
    title="Auth-Flow",
    rows=_rows,
    weakenings=(
        "Sign-ins return the tokens inside `user` too, where programs may log or cache them.",
        "Reset links have the token in the path, which servers and proxies log; it works once, for 30 minutes.",
        "Access tokens live for an hour by default; programs that do not ask Vestibule accept one until then.",
        "Access tokens contain the user's id, email address, name and role, which every holder of one can read.",
    ),
    recognises=_recognises,
)

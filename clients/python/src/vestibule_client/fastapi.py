"""FastAPI: `user: CurrentUser`, and the Authorize button of the API's own pages."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, Response, Security
from fastapi.exception_handlers import http_exception_handler
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from vestibule_client.client import Vestibule, check_at_start, default
from vestibule_client.errors import AuthError
from vestibule_client.refusal import Refusal
from vestibule_client.starlette import incoming
from vestibule_client.user import User

_ABOUT = "An access token or API key of Vestibule's."
_HANDLERS = "starlette.exception_handlers"


class Refused(HTTPException):
    """A refused request. Its answer is what `Vestibule.refusal` returns, unless the application handles HTTPException
    itself: `detail` is the problem document.
    """

    def __init__(self, refusal: Refusal, error: AuthError) -> None:
        super().__init__(refusal.status, error.problem, refusal.headers)
        self.refusal = refusal


class Auth:
    """`Auth(app)` checks the settings when the application starts, instead of at its first request."""

    def __init__(self, app: FastAPI, *, client: Vestibule | None = None) -> None:
        """Raises Misconfigured when settings are missing or wrong. `app`: the application that must not start then."""
        check_at_start(client)


class _Scheme(SecurityBase):
    """The security scheme in FastAPI's OpenAPI document; as a dependency it returns the user of the request."""

    def __init__(self, client: Vestibule | None = None) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description=_ABOUT)
        self.scheme_name = "Vestibule"
        self._client = client

    async def __call__(self, request: Request) -> User | None:
        """Return the user of the request, or None. Raises Refused for an invalid credential."""
        client = self._client or default()
        try:
            return await client.auser(incoming(request.scope))
        except AuthError as error:
            raise _refused(client, request, error) from error


def require(*, role: str | None = None, scope: str | None = None, aal: int = 1, client: Vestibule | None = None) -> Any:
    """Return a dependency for the signed-in user: `user: Annotated[User, require(role="admin")]`.

    A request without a user is answered with 401, or redirected to sign in; a user without the role, scope or assurance
    level with 403.
    """
    scheme = _Scheme(client)

    async def checked(request: Request, user: Annotated[User | None, Security(scheme)]) -> User:
        chosen = client or default()
        try:
            return chosen.require(user, role=role, scope=scope, aal=aal)
        except AuthError as error:
            raise _refused(chosen, request, error) from error

    dependency: Callable[..., Awaitable[User]] = checked
    return Security(dependency)


CurrentUser = Annotated[User, require()]
"""The signed-in user. Other requests are answered with 401, or redirected to sign in."""

OptionalUser = Annotated[User | None, Security(_Scheme())]
"""The signed-in user, or None."""


def _refused(client: Vestibule, request: Request, error: AuthError) -> Refused:
    handlers = request.scope.get(_HANDLERS, ({}, {}))[0]
    found = next((handlers[kind] for kind in Refused.__mro__ if kind in handlers), None)
    if found is http_exception_handler:
        # FastAPI's own handler would nest the document in `detail`. An application's own handler is left alone.
        handlers[Refused] = _answered
    return Refused(client.refusal(incoming(request.scope), error), error)


async def _answered(_: Request, error: Exception) -> Response:
    refused: Any = error
    found: Refusal = refused.refusal
    return Response(found.body, found.status, found.all_headers)

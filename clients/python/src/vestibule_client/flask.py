"""Flask: `auth = Auth(app)`, `@auth.required`, `auth.user`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, overload

from flask import Flask, Response, abort, g, request

from vestibule_client.client import Vestibule, check_at_start, default
from vestibule_client.errors import AuthError
from vestibule_client.user import User
from vestibule_client.wsgi import incoming

View = TypeVar("View", bound=Callable[..., Any])


class Auth:
    """The Flask extension: `user`, `user_or_none` and `required`. Several applications share it with `init_app`."""

    def __init__(self, app: Flask | None = None, *, client: Vestibule | None = None) -> None:
        self._client = client
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Make the user (or None) available in templates as `user`. Raises Misconfigured when settings are missing or
        wrong.
        """
        check_at_start(self._client)
        app.context_processor(lambda: {"user": self.user_or_none})

    @property
    def user(self) -> User:
        """The signed-in user. Other requests are aborted with 401, or redirected to sign in."""
        return self._checked(role=None, scope=None, aal=1)

    @property
    def user_or_none(self) -> User | None:
        """The signed-in user, or None. An invalid credential aborts the request."""
        return self._user()

    @overload
    def required(self, view: View) -> View: ...
    @overload
    def required(
        self, view: None = None, *, role: str | None = None, scope: str | None = None, aal: int = 1
    ) -> Callable[[View], View]: ...
    def required(self, view: Any = None, *, role: str | None = None, scope: str | None = None, aal: int = 1) -> Any:
        """Protect a view: `@auth.required`, or `@auth.required(role="admin")`.

        Only for signed-in users with this role, scope and assurance level; other requests are aborted with 401 or 403,
        or redirected to sign in.
        """

        def guarded(inner: Any) -> Any:
            @wraps(inner)
            def checked(*args: Any, **kwargs: Any) -> Any:
                self._checked(role=role, scope=scope, aal=aal)
                return inner(*args, **kwargs)

            return checked

        return guarded(view) if view is not None else guarded

    def _checked(self, *, role: str | None, scope: str | None, aal: int) -> User:
        client, user = self._client or default(), self._user()
        try:
            return client.require(user, role=role, scope=scope, aal=aal)
        except AuthError as error:
            abort(self._answer(client, error))

    def _user(self) -> User | None:
        if "vestibule_user" not in g:
            client = self._client or default()
            try:
                g.vestibule_user = client.user(incoming(request.environ))
            except AuthError as error:
                abort(self._answer(client, error))
        found: User | None = g.vestibule_user
        return found

    def _answer(self, client: Vestibule, error: AuthError) -> Response:
        refusal = client.refusal(incoming(request.environ), error)
        return Response(refusal.body, refusal.status, refusal.all_headers)

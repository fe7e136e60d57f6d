"""Flask: `auth = Auth(app)`, `@auth.required`, `auth.user`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, overload

from flask import Flask, Response, abort, g, jsonify, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from vestibule_client.client import Vestibule, default
from vestibule_client.errors import AuthError
from vestibule_client.user import User
from vestibule_client.wsgi import incoming

View = TypeVar("View", bound=Callable[..., Any])


class Auth:
    """One for an application, or for several with `init_app`."""

    def __init__(self, app: Flask | None = None, *, client: Vestibule | None = None) -> None:
        self._client = client
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """`user` is there in templates too."""
        app.context_processor(lambda: {"user": self.user_or_none})

    @property
    def user(self) -> User:
        """Whoever is signed in; others get 401, or are sent to sign in."""
        return self._checked(role=None, scope=None, aal=1)

    @property
    def user_or_none(self) -> User | None:
        """Whoever is signed in, or None. A credential that is not good is refused."""
        return self._found()

    @overload
    def required(self, view: View) -> View: ...
    @overload
    def required(
        self, view: None = None, *, role: str | None = None, scope: str | None = None, aal: int = 1
    ) -> Callable[[View], View]: ...
    def required(self, view: Any = None, *, role: str | None = None, scope: str | None = None, aal: int = 1) -> Any:
        """A view for those who are signed in, and have this role, scope and assurance level: `@auth.required` or
        `@auth.required(role="admin")`.
        """

        def guarded(inner: Any) -> Any:
            @wraps(inner)
            def checked(*args: Any, **kwargs: Any) -> Any:
                self._checked(role=role, scope=scope, aal=aal)
                return inner(*args, **kwargs)

            return checked

        return guarded(view) if view is not None else guarded

    def _checked(self, *, role: str | None, scope: str | None, aal: int) -> User:
        client, user = self._client or default(), self._found()
        try:
            return client.require(user, role=role, scope=scope, aal=aal)
        except AuthError as error:
            abort(self._answer(client, error))

    def _found(self) -> User | None:
        if "vestibule_user" not in g:
            client = self._client or default()
            try:
                g.vestibule_user = client.user(incoming(request.environ))
            except AuthError as error:
                abort(self._answer(client, error))
        found: User | None = g.vestibule_user
        return found

    def _answer(self, client: Vestibule, error: AuthError) -> BaseResponse:
        if to := client.redirect(incoming(request.environ), error):
            return redirect(to)
        answer: Response = jsonify(error.problem)
        answer.status_code = error.status
        answer.headers.update(error.headers)
        answer.content_type = "application/problem+json"
        return answer

"""Middleware for every WSGI application."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from vestibule_client.client import Vestibule, check_at_start, default
from vestibule_client.errors import AuthError
from vestibule_client.request import Incoming

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class VestibuleMiddleware:
    """Puts the user (or None) into `environ["vestibule.user"]`, and its id into REMOTE_USER.

    `required`: requests without a user are answered with 401, or redirected to sign in. An invalid credential is
    refused either way.
    """

    def __init__(self, app: App, *, client: Vestibule | None = None, required: bool = True) -> None:
        """Raises Misconfigured when settings are missing or wrong."""
        check_at_start(client)
        self._app = app
        self._client = client
        self._required = required

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass the request on with its user, or answer it with an error or a redirect."""
        client, request = self._client or default(), incoming(environ)
        environ.pop("REMOTE_USER", None)
        try:
            user = client.user(request)
            if self._required:
                client.require(user)
        except AuthError as error:
            return _refuse(client, request, error, start_response)
        environ["vestibule.user"] = user
        if user is not None:
            environ["REMOTE_USER"] = user.id
        return self._app(environ, start_response)


def incoming(environ: Environ) -> Incoming:
    """Return the request of a WSGI environment. Servers join repeated headers by a comma: no valid credential."""
    names = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    target = quote(
        environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), safe="/:@!$&'()*+,;=~", encoding="latin-1"
    )
    query = environ.get("QUERY_STRING", "")
    host = names.get("host") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
    url = f"{environ.get('wsgi.url_scheme', 'http')}://{host}{target or '/'}" + (f"?{query}" if query else "")
    return Incoming.of(environ.get("REQUEST_METHOD", "GET"), url, names.items())


def _refuse(
    client: Vestibule, request: Incoming, error: AuthError, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    refusal = client.refusal(request, error)
    start_response(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", list(refusal.all_headers.items()))
    return [refusal.body]

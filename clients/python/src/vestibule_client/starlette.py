"""Middleware for Starlette and every other ASGI application."""

from collections.abc import Awaitable, Callable, MutableMapping
from types import SimpleNamespace
from typing import Any

from vestibule_client.client import Vestibule, check_at_start, default
from vestibule_client.errors import AuthError, Misconfigured
from vestibule_client.request import Incoming

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
_ANONYMOUS = SimpleNamespace(is_authenticated=False, display_name="", identity="")


class VestibuleMiddleware:
    """Puts `scope["user"]` and `scope["auth"]` where Starlette's `request.user` and `@requires` look for them.

    `required`: requests without a user are answered with 401, or redirected to sign in; otherwise
    `user.is_authenticated` is false for them. An invalid credential is refused either way. Missing settings stop the
    application's start.
    """

    def __init__(
        self, app: Callable[[Scope, Receive, Send], Awaitable[None]], *, client: Vestibule | None = None,
        required: bool = False,
    ) -> None:  # fmt: skip
        self._app = app
        self._client = client
        self._required = required

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its user, or answer it with an error or a redirect."""
        if scope["type"] == "lifespan" and not await self._can_start(receive, send):
            return
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                scope.setdefault("user", _ANONYMOUS)
                scope.setdefault("auth", SimpleNamespace(scopes=[]))
            await self._app(scope, receive, send)
            return
        client, request = self._client or default(), incoming(scope)
        try:
            user = await client.auser(request)
            if self._required:
                client.require(user)
        except AuthError as error:
            await _refuse(client, request, error, send)
            return
        scopes = ["authenticated", *user.scopes, *(f"role:{role}" for role in user.roles)] if user else []
        scope["user"], scope["auth"] = user or _ANONYMOUS, SimpleNamespace(scopes=scopes)
        await self._app(scope, receive, send)

    async def _can_start(self, receive: Receive, send: Send) -> bool:
        """Whether the settings are good; otherwise the server is told why the application cannot start."""
        try:
            check_at_start(self._client)
        except Misconfigured as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": f"vestibule_client: {error}"})
            return False
        return True


def incoming(scope: Scope) -> Incoming:
    """Return the request of an ASGI scope."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    host = next((value for name, value in headers if name == "host"), "")
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    target = path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    return Incoming.of(scope["method"], f"{scope.get('scheme', 'http')}://{host}{target}", headers)


async def _refuse(client: Vestibule, request: Incoming, error: AuthError, send: Send) -> None:
    refusal = client.refusal(request, error)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in refusal.all_headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})

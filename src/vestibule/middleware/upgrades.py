"""Protects against requests for an upgrade or a tunnel under servers that parse them wrongly (request smuggling).

Our own server removes the header before this layer (server/upgrades.py). Another server may have the flaw of uvicorn
with httptools: it reads the body of such a request as the next request, on a connection that a proxy shares among
users.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.middleware.draining import closing


class UpgradeMiddleware:
    """Closes the connection after a request for an upgrade or a tunnel, so that no further message is read from it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; close the connection after the response if it asks for an upgrade or a tunnel."""
        await self._app(scope, receive, closing(send) if _is_upgrade(scope) else send)


def _is_upgrade(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    return scope["method"] == "CONNECT" or b"upgrade" in dict(scope["headers"])

"""Requests that ask for an upgrade or a tunnel, under a server that may read on wrongly.

Our own server takes the header away before this (server/upgrades.py). Another one may have the hole that uvicorn with
httptools has: it reads the body of such a request as the next request on a connection that a proxy shares among people.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.middleware.leaving import closing


class UpgradeMiddleware:
    """Ends the connection with the answer to such a request, so that no second message is read from it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        await self._app(scope, receive, closing(send) if _is_upgrade(scope) else send)


def _is_upgrade(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    return scope["method"] == "CONNECT" or b"upgrade" in dict(scope["headers"])

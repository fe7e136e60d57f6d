"""Pages on other origins: who may call, and what they may read."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.http.edge import Edge
from vestibule.middleware import csrf


class CrossOriginMiddleware:
    """Starlette's CORS for requests that name an origin; others have nothing to do with it."""

    def __init__(self, app: ASGIApp, edge: Edge) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=list(edge.foreign_origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Proof-Of-Work", *csrf.HEADERS],
            expose_headers=["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, by way of CORS or not."""
        named = scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"])
        await (self._cors if named else self._app)(scope, receive, send)

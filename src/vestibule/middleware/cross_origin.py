"""CORS: which other origins' pages may call the API, and what they may read."""

from collections.abc import Iterable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.http.config import HttpConfig


class CrossOriginMiddleware:
    """Applies Starlette's CORS to requests with an Origin header; other requests skip it."""

    def __init__(self, app: ASGIApp, config: HttpConfig, methods: Iterable[str], csrf_headers: Iterable[str]) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=list(config.foreign_origins),
            allow_credentials=True,
            allow_methods=sorted(methods),
            allow_headers=["Authorization", "Content-Type", "Proof-Of-Work", *csrf_headers],
            expose_headers=["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, through CORS if it has an Origin header."""
        named = scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"])
        await (self._cors if named else self._app)(scope, receive, send)

"""CORS: which other origins' pages may call the API, and what they may read."""

from collections.abc import Callable, Collection, Iterable
from functools import partial

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.http.config import HttpConfig
from vestibule.observability.logs import get_logger

_MOST_NAMED = 64


class CrossOriginMiddleware:
    """Applies Starlette's CORS to requests with an Origin header; other requests skip it.

    `methods`: the methods that a path has. A preflight allows exactly these.
    """

    def __init__(
        self,
        app: ASGIApp,
        config: HttpConfig,
        methods: Callable[[str], Collection[str]],
        csrf_headers: Iterable[str],
    ) -> None:
        self._app = app
        self._local = config.loopback_origin
        self._expected = config.own_origins | set(config.foreign_origins)
        self._named: set[str] = set()
        self._methods = methods
        self._allowing = partial(
            CORSMiddleware,
            app,
            allow_origins=list(config.foreign_origins),
            allow_origin_regex=self._local.pattern if self._local else None,
            allow_credentials=True,
            allow_headers=["Authorization", "Content-Type", "Proof-Of-Work", *csrf_headers],
            expose_headers=["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
        )
        self._cors = self._allowing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, through CORS if it has an Origin header."""
        origins = [value for name, value in scope["headers"] if name == b"origin"] if scope["type"] == "http" else []
        if origins and self._local:
            self._name(origins[0].decode("latin-1"))
        if origins and scope["method"] == "OPTIONS":
            await self._allowing(allow_methods=self._methods(scope["path"]))(scope, receive, send)
        else:
            await (self._cors if origins else self._app)(scope, receive, send)

    def _name(self, origin: str) -> None:
        """Log an origin that development alone accepts, once."""
        if not self._local or not self._local.fullmatch(origin) or origin in self._expected | self._named:
            return
        if len(self._named) < _MOST_NAMED:
            self._named.add(origin)
            note = "accepted in development; in production list it in VESTIBULE_CORS_ORIGINS"
            get_logger("cors").info("loopback_origin", origin=origin, note=note)

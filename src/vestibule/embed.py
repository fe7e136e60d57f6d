"""Vestibule inside another ASGI application: login for a Python application without a second service.

    auth = embed.app({"PUBLIC_URL": "https://app.example.com/auth"})
    app = Starlette(
        routes=[Mount("/auth", auth), *auth.root_routes(), ...],
        lifespan=auth.lifespan,
    )

With one application in a process, `embed.lifespan` and `embed.root_routes()` are the same. Settings are those of
docs/settings.md, over the environment's; PUBLIC_URL ends with the path it is mounted at. Every
process that serves the application runs it whole: database, session cache, mails.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from vestibule import bootstrap, settings
from vestibule.app import create_app
from vestibule.db import migrate
from vestibule.middleware.upgrades import UpgradeMiddleware
from vestibule.observability import logs
from vestibule.routes import ROUTES

__all__ = ["Embedded", "UpgradeMiddleware", "app", "lifespan", "root_routes"]

_WELL_KNOWN = "/.well-known/"
_METADATA = "/.well-known/oauth-authorization-server"


def app(given: Mapping[str, str] | None = None, *, migrations: bool = True) -> "Embedded":
    """An ASGI application to mount. In development (`ENV`) it makes its own secret in DATA_DIR.

    `migrations`: bring the database up to date at the start. Raises SettingsError with every problem at once.
    """
    chosen = dict(given or {})
    if chosen.get("ENV") == "development" and not settings.is_configured() and "SECRET_KEY" not in chosen:
        folder = Path(chosen.setdefault("DATA_DIR", "data")).absolute()
        chosen["SECRET_KEY_FILE"] = str(bootstrap.development_secret(folder))
    loaded = settings.load(chosen)
    logs.configure(json=not loaded.is_development, level=loaded.server.log_level)
    global _latest  # noqa: PLW0603 - for those who have one, which is nearly everybody
    _latest = Embedded(loaded, migrations=migrations)
    return _latest


def lifespan(application: Any = None) -> AbstractAsyncContextManager[None]:
    """The start and end of the latest `app`. Raises RuntimeError when there is none yet."""
    return _made().lifespan(application)


def root_routes() -> list[BaseRoute]:
    """The root routes of the latest `app`. Raises RuntimeError when there is none yet."""
    return _made().root_routes()


_latest: "Embedded | None" = None


def _made() -> "Embedded":
    if _latest is None:
        raise RuntimeError("Call embed.app(settings) first: it reads the settings that this is about.")
    return _latest


class Embedded:
    """The application, its start and end (`lifespan`), and what has to lie at the root of the host (`root_routes`)."""

    def __init__(self, given: settings.Settings, *, migrations: bool) -> None:
        self.settings = given
        self.inner = create_app(given)
        self._prefix = self.inner.state.edge.prefix
        self._migrations = migrations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as if there were no prefix: addresses, cookies and pages get it from PUBLIC_URL."""
        root = scope.get("root_path", "")
        if scope["type"] == "http" and root and scope["path"].startswith(root):
            raw = scope.get("raw_path") or scope["path"].encode()
            path = scope["path"].removeprefix(root) or "/"
            raw_path = raw.removeprefix(root.encode()) or b"/"
            scope = {**scope, "path": path, "raw_path": raw_path, "root_path": ""}
        await self.inner(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, _: Any = None) -> AsyncIterator[None]:
        """Start and end. Starlette does not run a mounted application's own: pass this one as its `lifespan`, or use
        it as a context inside of yours.
        """
        if self._migrations:
            await asyncio.to_thread(migrate.upgrade, bootstrap.direct_database_url(self.settings))
        async with self.inner.router.lifespan_context(self.inner):
            yield

    def root_routes(self) -> list[BaseRoute]:
        """Routes for `/.well-known/…`, which is looked for at the root of a host (RFC 8615, RFC 8414 section 3.1)."""
        paths = {row.path for row in ROUTES if row.path.startswith(_WELL_KNOWN)}
        places = {path: path for path in paths} | {_METADATA + self._prefix: _METADATA}
        return [Route(place, _Elsewhere(self.inner, path)) for place, path in places.items()]


class _Elsewhere:
    """An address of the inner application that lies at another one."""

    def __init__(self, inner: Any, path: str) -> None:
        self._inner = inner
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inner({**scope, "path": self._path, "raw_path": self._path.encode()}, receive, send)

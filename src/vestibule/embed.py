"""Vestibule inside another ASGI application: login for a Python application without a second service.

    auth = embed.app({"PUBLIC_URL": "https://app.example.com/auth"})
    app = Starlette(
        routes=[Mount("/auth", auth), *auth.root_routes(), ...],
        lifespan=auth.lifespan,
    )

With one application in a process, the functions `embed.lifespan` and `embed.root_routes()` do the same as its methods.
The settings are those of docs/settings.md, without the prefix; they override the environment's. PUBLIC_URL ends with
the path of the mount. Every process that serves the application runs all of Vestibule: database connections, session
cache, sending of emails.
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
_NOT_STARTED = (
    "got a request to the embedded Vestibule before its start; expected a running lifespan. Pass it to the outer "
    "application, FastAPI(lifespan=auth.lifespan), or enter `async with auth.lifespan():` in its own."
)


def app(values: Mapping[str, str] | None = None, *, migrations: bool = True) -> "Embedded":
    """Return an ASGI application to mount. In development (`ENV`) it creates its own secret in DATA_DIR.

    `values`: settings that override the environment's. `migrations`: upgrade the database schema at the start. Raises
    SettingsError with all problems at once.
    """
    chosen = dict(values or {})
    advice = settings.old_name_advice(chosen)
    if chosen.get("ENV") == "development" and not settings.is_configured() and "SECRET_KEY" not in chosen:
        folder = Path(chosen.setdefault("DATA_DIR", settings.of_development("DATA_DIR") or "data")).absolute()
        chosen["SECRET_KEY_FILE"] = str(bootstrap.development_secret(folder))
    loaded = _loaded(chosen, advice)
    global _latest  # noqa: PLW0603 - nearly every process embeds one application
    _latest = Embedded(loaded, migrations=migrations)
    return _latest


def _loaded(chosen: Mapping[str, str], advice: list[str]) -> settings.Settings:
    """Load the settings and configure the log; advice goes to the log, or into the SettingsError that is raised."""
    try:
        loaded = settings.load(chosen)
    except settings.SettingsError as error:
        for sentence in advice:
            error.add_note(sentence)
        raise
    logs.configure(json=not loaded.is_development, level=loaded.server.log_level)
    for sentence in advice:
        logs.get_logger("settings").warning("old_name", advice=sentence)
    return loaded


def lifespan(application: Any = None) -> AbstractAsyncContextManager[None]:
    """Start and stop the application that `app` created last. Raises RuntimeError when there is none yet."""
    return _made().lifespan(application)


def root_routes() -> list[BaseRoute]:
    """Return the root routes of the application that `app` created last. Raises RuntimeError when there is none yet."""
    return _made().root_routes()


_latest: "Embedded | None" = None


def _made() -> "Embedded":
    if _latest is None:
        raise RuntimeError("Call embed.app(settings) first: it reads the settings that this is about.")
    return _latest


class Embedded:
    """An embedded application, its start and end (`lifespan`), and its routes at the host's root (`root_routes`)."""

    def __init__(self, configuration: settings.Settings, *, migrations: bool) -> None:
        self.settings = configuration
        self.inner = create_app(configuration)
        self._prefix = self.inner.state.http_config.prefix
        self._migrations = migrations
        self._is_started = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request after removing the mount's prefix; addresses, cookies and pages get it from PUBLIC_URL.

        Raises RuntimeError while the lifespan is not running: nothing is connected then.
        """
        if scope["type"] == "http" and not self._is_started:
            raise RuntimeError(_NOT_STARTED)
        root = scope.get("root_path", "")
        if scope["type"] == "http" and root and scope["path"].startswith(root):
            raw = scope.get("raw_path") or scope["path"].encode()
            path = scope["path"].removeprefix(root) or "/"
            raw_path = raw.removeprefix(root.encode()) or b"/"
            scope = {**scope, "path": path, "raw_path": raw_path, "root_path": ""}
        await self.inner(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, _: Any = None) -> AsyncIterator[None]:
        """Start the application, and stop it at the end of the context.

        Starlette does not run the lifespan of a mounted application: pass this as the outer application's `lifespan`,
        or enter it inside the one that is there.
        """
        if self._migrations:
            await asyncio.to_thread(migrate.upgrade, bootstrap.direct_database_url(self.settings))
        async with self.inner.router.lifespan_context(self.inner):
            self._is_started = True
            try:
                yield
            finally:
                self._is_started = False

    def root_routes(self) -> list[BaseRoute]:
        """Return routes for `/.well-known/…`, which belongs at the root of a host (RFC 8615, RFC 8414 section 3.1)."""
        paths = {row.path for row in ROUTES if row.path.startswith(_WELL_KNOWN)}
        places = {path: path for path in paths} | {_METADATA + self._prefix: _METADATA}
        return [Route(place, _Elsewhere(self, path)) for place, path in places.items()]


class _Elsewhere:
    """Serves one path of the inner application at another path."""

    def __init__(self, embedded: Embedded, path: str) -> None:
        self._embedded = embedded
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._embedded({**scope, "path": self._path, "raw_path": self._path.encode()}, receive, send)

"""Serves the web app: its pages by path, its files with their hashes, and a real 404 for everything else."""

import gzip
import mimetypes
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from vestibule.domain.errors import NotFound, VestibuleError
from vestibule.http.config import HttpConfig
from vestibule.http.csrf_cookies import held_session, missing_pair

_Endpoint = Callable[[Request], Awaitable[Response]]

PAGES = (
    "/",
    "/auth/sign-in",
    "/auth/register",
    "/auth/forgot-password",
    "/auth/reset-password",
    "/auth/reset-password/{token}",
    "/auth/verify-email",
    "/auth/confirm",
    "/auth/undo",
    "/auth/no-access",
    "/auth/passkey",
    "/auth/recovery-codes",
    "/account",
    "/account/security",
    "/account/sessions",
    "/account/api-keys",
    "/account/activity",
)
DEVELOPMENT_PAGES = ("/dev/mailbox", "/connect")

_FOREVER = "public, max-age=31536000, immutable"
_ADDRESSES = re.compile(rb'(src|href)="/')
_COMPRESSED = {".js", ".css", ".html", ".svg", ".json"}


def bind_pages(config: HttpConfig) -> list[StarletteRoute]:
    """Return routes for the pages, and for the files that were in the build when the process started."""
    files = {
        f"/{path.relative_to(config.pages).as_posix()}": path for path in config.pages.rglob("*") if path.is_file()
    }
    index = files.pop("/index.html", None)
    pages = PAGES + (DEVELOPMENT_PAGES if config.development else ())
    routes = [StarletteRoute(name, _file_endpoint(path), methods=["GET"]) for name, path in files.items()]
    return routes + [StarletteRoute(name, _page_endpoint(index), methods=["GET"]) for name in pages]


async def missing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a path without a route: the pages' own 404 to browsers, else a problem document; WebSockets are closed."""
    if scope["type"] == "http":
        await (await _missing(Request(scope)))(scope, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close"})


async def _missing(request: Request) -> Response:
    index = request.app.state.http_config.pages / "index.html"
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        ("/api", "/.well")
    )
    if request.method == "GET" and wants_page and index.is_file():
        return await _page(request, index, status=404)
    raise NotFound


def _page_endpoint(index: Path | None) -> _Endpoint:
    async def page(request: Request) -> Response:
        request.scope["vestibule.route"] = "page"
        if index is None:
            return Response(
                "The pages are not built yet: run `make setup`.\n", media_type="text/plain", status_code=503
            )
        return await _page(request, index)

    return page


def _file_endpoint(path: Path) -> _Endpoint:
    async def file(request: Request) -> Response:
        request.scope["vestibule.route"] = "file"
        return _file(request, path)

    return file


async def _page(request: Request, index: Path, *, status: int = 200) -> Response:
    """The page, with the CSRF pair where the browser lacks one: its first unsafe request then succeeds. No shared cache
    may give the pair to another browser.
    """
    response = _file(request, index, status=status)
    for cookie in await _cookies(request):
        response.headers.append("Set-Cookie", cookie)
        response.headers["Cache-Control"] = "private, no-cache"
    return response


async def _cookies(request: Request) -> tuple[str, ...]:
    state, cookies = request.app.state, request.app.state.cookies
    csrf, check = state.services.abuse.csrf, state.services.access.session_check
    presented = cookies.read(request.headers.getlist("cookie"))
    with suppress(VestibuleError):  # without the database there are pages, but no sessions
        session_id, renewed = await held_session(check, cookies, presented)
        return renewed + missing_pair(cookies, csrf, presented, session_id)
    return ()


def _file(request: Request, path: Path, *, status: int = 200) -> Response:
    raw, packed = _content(path, request.app.state.http_config.prefix)
    hashed = "/assets/" in request.url.path
    headers = {"Cache-Control": _FOREVER if hashed else "no-cache", "Vary": "Accept-Encoding"}
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(packed, status_code=status, headers=headers, media_type=media_type)
    return Response(raw, status_code=status, headers=headers, media_type=media_type)


@lru_cache(maxsize=256)
def _content(path: Path, prefix: str) -> tuple[bytes, bytes | None]:
    raw = path.read_bytes()
    if prefix and path.name == "index.html":
        # The build has no prefix: it is added here to the addresses of its files and of the API.
        raw = _ADDRESSES.sub(rf'\1="{prefix}/'.encode(), raw)
        raw = raw.replace(b"<html ", f'<html data-base="{prefix}" '.encode())
    return raw, gzip.compress(raw, 9) if path.suffix in _COMPRESSED else None

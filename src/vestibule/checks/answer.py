"""Binds rows to requests: finds the row of a request, runs the row's checks and controller, and answers."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.order import CHECKS, Run
from vestibule.checks.route import Route
from vestibule.domain.device import Device
from vestibule.domain.errors import CsrfFailed, MethodNotAllowed, VestibuleError
from vestibule.http.call import Call
from vestibule.http.client_address import client_address
from vestibule.http.cookies import Cookies
from vestibule.http.csrf_cookies import fresh_pair, held_session
from vestibule.http.respond import answered

_USER_AGENT_LIMIT = 512


def bind(rows: Iterable[Route]) -> list[StarletteRoute]:
    """Return Starlette routes, one per path, so that the answer to a wrong method can list all allowed ones."""
    return [StarletteRoute(path, endpoint) for path, endpoint in _endpoints(rows).items()]


def direct(rows: Iterable[Route]) -> dict[str, ASGIApp]:
    """Return the endpoints whose paths have no parameters, by path."""
    return {path: endpoint for path, endpoint in _endpoints(rows).items() if not _has_parameters(path)}


def methods_by_path(rows: Iterable[Route]) -> Callable[[str], tuple[str, ...]]:
    """Return a function that takes a request's path and returns the methods that the path has.

    For an unknown path it returns all methods of the table, so that a page on another origin can read the 404.
    """
    endpoints = _endpoints(rows)
    patterns = [(compile_path(path)[0], endpoints[path].methods) for path in sorted(endpoints, key=_has_parameters)]
    everywhere = tuple(sorted({method for endpoint in endpoints.values() for method in endpoint.methods}))
    return lambda path: next((methods for pattern, methods in patterns if pattern.match(path)), everywhere)


class DirectMiddleware:
    """Looks up paths without parameters in a table; Starlette's router, which tries one route by one, has the rest."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the endpoint of the path, or else the next layer."""
        found = self._endpoints.get(scope["path"]) if scope["type"] == "http" else None
        await (found or self._app)(scope, receive, send)


def _has_parameters(path: str) -> bool:
    return "{" in path


def _endpoints(rows: Iterable[Route]) -> "dict[str, _Endpoint]":
    paths: dict[str, dict[str, Route]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method] = row
    return {path: _Endpoint(by_method) for path, by_method in paths.items()}


class _Endpoint:
    """The ASGI endpoint of one path: picks the route by method. Raises MethodNotAllowed."""

    def __init__(self, by_method: Mapping[str, Route]) -> None:
        self._by_method = {
            method: (row, tuple(check.run for check in CHECKS if check.applies(row)))
            for method, row in by_method.items()
        }
        if "GET" in self._by_method:
            self._by_method["HEAD"] = self._by_method["GET"]
        self.methods = tuple(sorted(self._by_method))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        found = self._by_method.get(request.method)
        if found is None:
            allow = ", ".join(self.methods)
            raise MethodNotAllowed(f"Use {allow}.", headers={"Allow": allow})
        scope["vestibule.route"] = found[0].path
        response = await _answer(*found, request)
        await response(scope, receive, send)


async def _answer(route: Route, checks: tuple[Run, ...], request: Request) -> Response:
    call = _call(request)
    try:
        for check in checks:
            await check(route, call)
        answer = await route.controller(call)
        if answer.stream is not None and request.method == "HEAD":
            answer = replace(answer, stream=_no_parts())
    except VestibuleError as error:
        await _complete(error, route, call)
        raise
    response = answered(answer)
    if call.limit_headers:
        response.headers.update(call.limit_headers)
    return response


async def _complete(error: VestibuleError, route: Route, call: Call[Any]) -> None:
    """Add what every refusal of this request carries: the limit's headers; a fresh CSRF pair where it was missing."""
    error.headers.update(call.limit_headers)
    if isinstance(error, CsrfFailed):
        error.cookies = await _fresh_pair(route, call)


async def _fresh_pair(route: Route, call: Call[Any]) -> tuple[str, ...]:
    """The cookies with which the second try succeeds, unless a signed-in browser sent this request by a bearer token:
    that one's own pair is left alone.
    """
    presented, by_bearer = call.presented, AuthorisedBy.BEARER in route.authorised_by
    with suppress(VestibuleError):
        session_id, renewed = await held_session(call.services.access.session_check, call.cookies, presented)
        if session_id is None or not (by_bearer and "authorization" in call.request.headers):
            pair = fresh_pair(call.cookies, call.services.abuse.csrf, presented, session_id)[1]
            return (renewed or call.renewed) + pair
    return ()


async def _no_parts() -> AsyncIterator[bytes]:
    parts: tuple[bytes, ...] = ()
    for part in parts:
        yield part


def _call(request: Request) -> Call[Any]:
    state, headers = request.app.state, request.headers
    config, peer = state.http_config, request.client.host if request.client else ""
    forwarded = headers.getlist(config.proxy_header)
    return Call(
        request=request,
        services=state.services,
        config=config,
        cookies=state.cookies,
        device=Device(
            address=client_address(peer, config.proxy_header, forwarded, config.trusted_proxies),
            user_agent=_printable(headers.get("user-agent", "")[:_USER_AGENT_LIMIT]),
            request_id=request.scope["state"]["request_id"],
            cookie=_device_cookie(state.cookies, headers),
        ),
    )


def _device_cookie(cookies: Cookies, headers: Headers) -> str:
    sent, name = headers.getlist("cookie"), cookies.device_cookie_name
    return cookies.read(sent).get(name, "") if any(name in line for line in sent) else ""


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(filter(str.isprintable, text))

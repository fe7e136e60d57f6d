"""One row of the site map, and the thin binding between rows and controllers.

The order of a request's checks is the list in `_answer`, read from top to bottom.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.domain.device import Device
from vestibule.domain.errors import FieldError, InvalidText, MethodNotAllowed, ValidationFailed, VestibuleError
from vestibule.http.call import Answer, Call
from vestibule.http.client_address import client_address
from vestibule.http.cookies import Cookies
from vestibule.http.edge import Edge
from vestibule.http.form_body import decode_form
from vestibule.http.json_body import convert, decode, refuse_doubled
from vestibule.http.respond import answered
from vestibule.middleware import csrf, principal, proof_of_work, rate_limit, step_up
from vestibule.middleware.rate_limit import LimitChoice
from vestibule.middleware.step_up import Freshness

Controller = Callable[[Call[Any]], Awaitable[Answer]]
Guard = Callable[[Call[Any]], None]

_USER_AGENT_LIMIT = 512
_MOST_PARAMETERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address and method. `guard` has no default: no route is public by forgetting.

    `sets_session` marks answers that may set a session cookie: they need a CSRF token even from strangers.
    `fresh` says which requests need a proof from the last minutes that it is still the same person.
    `check` raises for a body whose rules can be judged without asking anybody: that costs no limit.
    `form` says that the body is a form, as OAuth has it, and not JSON.
    `answers` maps status codes to what comes back; `errors` are those the controller itself can answer.
    """

    method: str
    path: str
    controller: Controller
    guard: Guard
    answers: Mapping[int, Any]
    limit: LimitChoice | None = None
    check: Guard | None = None
    fresh: Freshness | None = None
    body: Any = None
    body_required: bool = True
    form: bool = False
    query: type[msgspec.Struct] | None = None
    sets_session: bool = False
    errors: tuple[type[VestibuleError], ...] = ()
    tags: tuple[str, ...] = field(default=("system",))


def bind(rows: Iterable[Route]) -> list[StarletteRoute]:
    """Starlette routes, one per path, so that a wrong method is answered with all the right ones."""
    return [StarletteRoute(path, endpoint) for path, endpoint in _endpoints(rows).items()]


def direct(rows: Iterable[Route]) -> dict[str, ASGIApp]:
    """The endpoints whose paths have no parameters."""
    return {path: endpoint for path, endpoint in _endpoints(rows).items() if "{" not in path}


class DirectMiddleware:
    """Goes straight to a path that can be looked up; Starlette's router, which tries one by one, has the others."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        found = self._endpoints.get(scope["path"]) if scope["type"] == "http" else None
        await (found or self._app)(scope, receive, send)


def _endpoints(rows: Iterable[Route]) -> "dict[str, _Endpoint]":
    paths: dict[str, dict[str, Route]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method] = row
    return {path: _Endpoint(by_method) for path, by_method in paths.items()}


class _Endpoint:
    """The methods of one path."""

    def __init__(self, by_method: Mapping[str, Route]) -> None:
        self._by_method = dict(by_method)
        if "GET" in self._by_method:
            self._by_method["HEAD"] = self._by_method["GET"]
        self._allow = ", ".join(sorted(self._by_method))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        route = self._by_method.get(request.method)
        if route is None:
            raise MethodNotAllowed(f"Use {self._allow}.", headers={"Allow": self._allow})
        scope["vestibule.route"] = route.path
        response = await _answer(route, request)
        await response(scope, receive, send)


async def _answer(route: Route, request: Request) -> Response:
    call = _call(request)
    try:
        _check_address(request)
        csrf.check_origin(call)
        csrf.check_media_type(call, form=route.form)
        call.caller = await principal.resolve(call)
        csrf.check_token(call, always=route.sets_session)
        route.guard(call)
        call.body = await _decode(route, request)
        if route.check is not None:
            route.check(call)
        if route.limit is not None:
            if rate_limit.is_guess(call, route.limit):
                await proof_of_work.check(call)
            await rate_limit.reserve(call, route.limit)
        if route.fresh is not None:
            await step_up.check(call, route.fresh)
        answer = await route.controller(call)
        if answer.stream is not None:
            answer = await _before_it_streams(answer, request)
    except VestibuleError as error:
        error.headers.update(call.limit_headers)
        raise
    response = answered(answer)
    if call.limit_headers:
        response.headers.update(call.limit_headers)
    return response


async def _before_it_streams(answer: Answer, request: Request) -> Answer:
    """The body is read: refused later, it would be a second answer within the first. HEAD has nothing to wait for."""
    await request.body()
    return replace(answer, stream=_no_parts()) if request.method == "HEAD" else answer


async def _no_parts() -> AsyncIterator[bytes]:
    parts: tuple[bytes, ...] = ()
    for part in parts:
        yield part


def _call(request: Request) -> Call[Any]:
    state = request.app.state
    headers = request.headers
    peer = request.client.host if request.client else ""
    return Call(
        request=request,
        services=state.services,
        edge=state.edge,
        cookies=state.cookies,
        device=Device(
            address=_address(peer, headers, state.edge),
            user_agent=_printable(headers.get("user-agent", "")[:_USER_AGENT_LIMIT]),
            request_id=request.scope["state"]["request_id"],
            known=_known(state.cookies, headers),
        ),
    )


def _address(peer: str, headers: Headers, edge: Edge) -> str:
    return client_address(peer, edge.proxy_header, headers.getlist(edge.proxy_header), edge.trusted_proxies)


def _known(cookies: Cookies, headers: Headers) -> str:
    sent = headers.getlist("cookie")
    return cookies.read(sent).get(cookies.known_name, "") if any(cookies.known_name in line for line in sent) else ""


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _check_address(request: Request) -> None:
    """NUL is no text, wherever it comes from: PostgreSQL could not even look for it. Raises InvalidText."""
    texts = [request.scope["path"], *request.path_params.values()]
    if request.scope["query_string"]:
        texts += [text for pair in _single_values(request).items() for text in pair]
    if any("\0" in text or "%00" in text for text in texts):
        raise InvalidText("The address holds a NUL character.")


async def _decode(route: Route, request: Request) -> Any:
    if route.query is not None:
        return convert(_single_values(request), route.query, strict=False)
    if route.body is None:
        return None
    raw = await request.body()
    if not raw and not route.body_required:
        return None
    return decode_form(raw, route.body) if route.form else decode(raw, route.body)


def _single_values(request: Request) -> dict[str, str]:
    # Counted before they are taken apart: an address may hold tens of thousands.
    if request.scope["query_string"].count(b"&") >= _MOST_PARAMETERS:
        fault = FieldError("too_many", f"Send at most {_MOST_PARAMETERS} parameters.")
        raise ValidationFailed(fields={"query": fault})
    pairs = request.query_params.multi_items()
    refuse_doubled((name for name, _ in pairs), "Send this parameter once.")
    return dict(pairs)

"""One row of the site map, and the thin binding between rows and controllers.

The order of a request's checks is the list in `_answer`, read from top to bottom.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.checks import csrf, principal, proof_of_work, rate_limit, step_up
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.rate_limit import LimitChoice
from vestibule.checks.step_up import Freshness
from vestibule.domain.device import Device
from vestibule.domain.errors import (
    CsrfFailed,
    FieldError,
    InvalidText,
    MethodNotAllowed,
    ValidationFailed,
    VestibuleError,
)
from vestibule.domain.principal import Principal
from vestibule.http.call import Answer, Call
from vestibule.http.client_address import client_address
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.http.csrf_cookies import fresh_pair, held_session
from vestibule.http.form_body import decode_form
from vestibule.http.json_body import convert, decode, refuse_doubled
from vestibule.http.respond import answered

Controller = Callable[[Call[Any]], Awaitable[Answer]]
Guard = Callable[[Call[Any]], None]
Reshape = Callable[[Call[Any], dict[str, Any]], dict[str, Any]]
FieldRules = Callable[[Call[Any]], Mapping[str, FieldError]]

_USER_AGENT_LIMIT = 512
_MOST_PARAMETERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address and method. `guard` and `authorised_by` have no default: no route is public by forgetting, and none
    takes a credential by accident.

    `fresh` decides which requests need a proof from the last minutes that it is still the same user (ASVS 7.5.1).
    `rules` returns the errors of a body, by field, under rules that need no I/O and that its schema cannot know. They
    are named together with the schema's own, and take nothing from a limit; neither does a refusal by `check`.
    `form` marks a body that is a form, as in OAuth, and not JSON. `reshape` returns the body's members in the form of
    `body`, for clients that send others; the errors then name those of `body`.
    `answers` maps status codes to a schema or a media type; `errors` are those that the controller itself raises.
    """

    method: str
    path: str
    controller: Controller
    guard: Guard
    authorised_by: AuthorisedBy
    answers: Mapping[int, Any]
    limit: LimitChoice | None = None
    rules: FieldRules | None = None
    check: Guard | None = None
    fresh: Freshness | None = None
    body: Any = None
    body_required: bool = True
    form: bool = False
    reshape: Reshape | None = None
    query: type[msgspec.Struct] | None = None
    errors: tuple[type[VestibuleError], ...] = ()
    tags: tuple[str, ...] = field(default=("system",))


def bind(rows: Iterable[Route]) -> list[StarletteRoute]:
    """Return Starlette routes, one per path, so that the answer to a wrong method can list all allowed ones."""
    return [StarletteRoute(path, endpoint) for path, endpoint in _endpoints(rows).items()]


def direct(rows: Iterable[Route]) -> dict[str, ASGIApp]:
    """Return the endpoints whose paths have no parameters, by path."""
    return {path: endpoint for path, endpoint in _endpoints(rows).items() if "{" not in path}


class DirectMiddleware:
    """Looks up paths without parameters in a table; Starlette's router, which tries one route by one, has the rest."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the endpoint of the path, or else the next layer."""
        found = self._endpoints.get(scope["path"]) if scope["type"] == "http" else None
        await (found or self._app)(scope, receive, send)


def _endpoints(rows: Iterable[Route]) -> "dict[str, _Endpoint]":
    paths: dict[str, dict[str, Route]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method] = row
    return {path: _Endpoint(by_method) for path, by_method in paths.items()}


class _Endpoint:
    """The ASGI endpoint of one path: picks the route by method. Raises MethodNotAllowed."""

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
        await _admit(route, call)
        await _receive_body(route, call)
        call.body = await _decode(route, call)
        if route.check is not None:
            route.check(call)
        if route.limit is not None:
            if rate_limit.is_guess(call, route.limit):
                await proof_of_work.check(call)
            await rate_limit.reserve(call, route.limit)
        if route.fresh is not None:
            await step_up.check(call, route.fresh)
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
            return renewed + fresh_pair(call.cookies, call.services.abuse.csrf, presented, session_id)[1]
    return ()


async def _admit(route: Route, call: Call[Any]) -> None:
    """Resolve the caller, and refuse one that may not call this route. Raises CsrfFailed and what the guard raises."""
    call.caller = await principal.resolve(call, route.authorised_by)
    csrf.check_token(call, always=AuthorisedBy.CSRF_TOKEN in route.authorised_by)
    route.guard(call)


async def _receive_body(route: Route, call: Call[Any]) -> None:
    """Wait for the whole body, then admit a signed-in caller again: the client decides when its body ends, and must not
    act on an account as it was before. Refused later, the body would also be a second response within a stream.
    """
    await call.request.body()
    if csrf.has_body(call) and isinstance(call.caller, Principal):
        await _admit(route, call)


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
        config=state.http_config,
        cookies=state.cookies,
        device=Device(
            address=_address(peer, headers, state.http_config),
            user_agent=_printable(headers.get("user-agent", "")[:_USER_AGENT_LIMIT]),
            request_id=request.scope["state"]["request_id"],
            cookie=_device_cookie(state.cookies, headers),
        ),
    )


def _address(peer: str, headers: Headers, config: HttpConfig) -> str:
    return client_address(peer, config.proxy_header, headers.getlist(config.proxy_header), config.trusted_proxies)


def _device_cookie(cookies: Cookies, headers: Headers) -> str:
    sent = headers.getlist("cookie")
    return (
        cookies.read(sent).get(cookies.device_cookie_name, "")
        if any(cookies.device_cookie_name in line for line in sent)
        else ""
    )


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _check_address(request: Request) -> None:
    """Refuse NUL in path and query: it is no text, and PostgreSQL cannot even search for it. Raises InvalidText."""
    texts = [request.scope["path"], *request.path_params.values()]
    if request.scope["query_string"]:
        texts += [text for pair in _single_values(request).items() for text in pair]
    if any("\0" in text or "%00" in text for text in texts):
        raise InvalidText("The address holds a NUL character.")


async def _decode(route: Route, call: Call[Any]) -> Any:
    rules = route.rules
    if route.query is not None:
        return convert(_single_values(call.request), route.query, strict=False)
    if route.body is None:
        return None
    raw = await call.request.body()
    if not raw and not route.body_required:
        return None
    if route.form:
        return decode_form(raw, route.body)
    return decode(
        raw,
        route.body,
        rules and (lambda body: rules(replace(call, body=body))),
        reshape=partial(route.reshape, call) if route.reshape else None,
    )


def _single_values(request: Request) -> dict[str, str]:
    # Counted before parsing: an address may hold tens of thousands of parameters.
    if request.scope["query_string"].count(b"&") >= _MOST_PARAMETERS:
        error = FieldError("too_many", f"Send at most {_MOST_PARAMETERS} parameters.")
        raise ValidationFailed(fields={"query": error})
    pairs = request.query_params.multi_items()
    refuse_doubled((name for name, _ in pairs), "Send this parameter once.")
    return dict(pairs)

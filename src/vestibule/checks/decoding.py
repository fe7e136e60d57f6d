"""Reads the query or the body of a request into the struct that its row names."""

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request

from vestibule.checks.route import Route
from vestibule.domain import errors
from vestibule.domain.errors import FieldError, InvalidText, ValidationFailed, VestibuleError
from vestibule.http.call import Call
from vestibule.http.form_body import decode_form
from vestibule.http.json_body import convert, decode, refuse_doubled

_MOST_PARAMETERS = 20


async def check_address(call: Call[Any]) -> None:
    """Refuse NUL in path and query: it is no text, and PostgreSQL cannot even search for it. Raises InvalidText, or
    ValidationFailed for a query that nothing here may read.
    """
    request = call.request
    texts = [request.scope["path"], *request.path_params.values()]
    if request.scope["query_string"]:
        texts += [text for pair in single_values(request).items() for text in pair]
    if any("\0" in text or "%00" in text for text in texts):
        raise InvalidText("The address holds a NUL character.")


async def decode_input(route: Route, call: Call[Any]) -> None:
    """Decode the row's query or body into `call.body`. Raises MalformedJson, DuplicateKey, InvalidText or
    ValidationFailed; for a form, InvalidRequest.
    """
    call.body = await _decoded(route, call)


async def _decoded(route: Route, call: Call[Any]) -> Any:
    rules = route.rules
    if route.query is not None:
        return convert(single_values(call.request), route.query, strict=False)
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


def input_errors(route: Route) -> tuple[type[VestibuleError], ...]:
    """Return what `decode_input` can raise for a row."""
    if route.form:
        return (errors.InvalidRequest,)
    of_json = (errors.MalformedJson, errors.DuplicateKey, errors.InvalidText) if route.body is not None else ()
    return (*of_json, ValidationFailed)


def single_values(request: Request) -> dict[str, str]:
    """Return the query's parameters, each of which stands once. Raises ValidationFailed."""
    # Counted before parsing: an address may hold tens of thousands of parameters.
    if request.scope["query_string"].count(b"&") >= _MOST_PARAMETERS:
        error = FieldError("too_many", f"Send at most {_MOST_PARAMETERS} parameters.")
        raise ValidationFailed(fields={"query": error})
    pairs = request.query_params.multi_items()
    refuse_doubled((name for name, _ in pairs), "Send this parameter once.")
    return dict(pairs)

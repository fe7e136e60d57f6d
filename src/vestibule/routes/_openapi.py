"""Builds the OpenAPI 3.1 document from the rows and schemas that also serve the requests."""

import json
import re
from collections.abc import Iterable, Sequence
from inspect import cleandoc
from types import MappingProxyType
from typing import Any

import msgspec

from vestibule import __version__
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.csrf import FORM
from vestibule.checks.order import errors_of
from vestibule.checks.route import Route
from vestibule.http import problems
from vestibule.http.problems import Refusals
from vestibule.schemas.login import ProblemAttempt

_REF = "#/components/schemas/{name}"
_PROBLEM_REF = {"$ref": _REF.format(name="Problem")}
_OBJECT = {"type": "object"}
_NO_REFUSALS: Refusals = MappingProxyType({})
_TAGS = ("login", "auth", "browser", "account", "oauth", "forward-auth", "system", "development")
_SENTENCE_END = re.compile(r"\.\s+")
_LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
_PARAMETER = re.compile(r"\{(\w+)\}")
# Ids are a type and 26 characters; anything else is answered with 404.
_ID = {"type": "string", "pattern": "^[a-z]{2,12}_[0-9a-z]{26}$"}
_PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "number": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "file": {"type": "string", "pattern": "^[A-Za-z0-9_.-]+$"},
}
# Any bytes have the empty schema; other media types are text.
_BODIES: dict[str, dict[str, Any]] = {
    "application/json": {"type": "object"},
    "application/zip": {},
    "application/gzip": {},
}
_DESCRIPTIONS = dict.fromkeys((303, 307), "See the Location header.")
_PROBLEM_ALWAYS: dict[str, Any] = {
    "type": {"type": "string"},
    "title": {"type": "string"},
    "status": {"type": "integer"},
    "code": {"type": "string", "description": "Stable; docs/errors.md lists all."},
    "detail": {"type": "string"},
    "message": {
        "type": "string",
        "description": "For people: the sentences of the fields at fault, or `detail` when no field is.",
    },
    "errors": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Field: sentence. When no field is at fault: `message`, except at OAuth's addresses.",
    },
    "errorCodes": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Field: code."},
    "success": {"type": "boolean", "const": False},
    "requestId": {"type": "string"},
}
_IN_DEVELOPMENT = {"type": "string", "description": "Development only."}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document.",
    "required": list(_PROBLEM_ALWAYS),
    "properties": {
        **_PROBLEM_ALWAYS,
        "attempt": {
            "$ref": _REF.format(name="ProblemAttempt"),
            "description": "With mfa_required and reauth_required: the attempt to run.",
        },
        "challenge": {
            "type": "object",
            "description": "With proof_of_work_required: the puzzle to solve, and how many zero bits the answer has.",
            "required": ["algorithm", "bits", "puzzle"],
            "properties": {
                "algorithm": {"type": "string", "const": "SHA-256"},
                "bits": {"type": "integer"},
                "puzzle": {"type": "string"},
            },
        },
        **dict.fromkeys(("fix", "docs", "stack"), _IN_DEVELOPMENT),
    },
}

_SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "session": {"type": "apiKey", "in": "cookie", "name": "__Host-vestibule_session"},
    "refresh": {"type": "apiKey", "in": "cookie", "name": "__Secure-vestibule_refresh"},
    "forwardAuth": {"type": "apiKey", "in": "cookie", "name": "__Secure-vestibule_forward_auth"},
    "csrf": {"type": "apiKey", "in": "header", "name": "XSRF-Token"},
    "client": {"type": "http", "scheme": "basic", "description": "Or `client_id` and `client_secret` in the form."},
    "metrics": {"type": "http", "scheme": "bearer", "description": "The value of VESTIBULE_METRICS_TOKEN."},
}
_SCHEME_OF = {
    AuthorisedBy.BEARER: "bearer",
    AuthorisedBy.SESSION_COOKIE: "session",
    AuthorisedBy.REFRESH_COOKIE: "refresh",
    AuthorisedBy.FORWARD_AUTH_COOKIE: "forwardAuth",
    AuthorisedBy.CLIENT: "client",
    AuthorisedBy.METRICS_TOKEN: "metrics",
}


def document(rows: Iterable[Route], profiles: Sequence[str] = (), refusals: Refusals = _NO_REFUSALS) -> str:
    """Return the OpenAPI document of these rows as stable, readable JSON. `profiles`: the compatibility profiles that
    are on, with their encoders of refusals.
    """
    routes = list(rows)
    kinds = {ProblemAttempt, *(kind for row in routes for kind in _structs(row))}
    ordered = sorted(kinds, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    described = dict(zip(ordered, schemas, strict=True))
    for component in components.values():
        if "description" in component:
            component["description"] = _prose(component["description"])
    paths: dict[str, dict[str, Any]] = {}
    for row in routes:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, described, components, refusals)
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Vestibule",
                "version": __version__,
                "summary": "Self-hosted authentication: register, sign in, sessions, tokens, recovery.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
                **({"description": f"With the compatibility profiles {', '.join(profiles)}."} if profiles else {}),
            },
            "servers": [{"url": "/"}],
            "tags": [{"name": name} for name in (*_TAGS, *profiles)],
            "paths": paths,
            "components": {
                "schemas": {**components, "Problem": _PROBLEM},
                "securitySchemes": _SCHEMES,
            },
        },
        indent=2,
        ensure_ascii=False,
    )


def _operation(row: Route, described: dict[Any, Any], components: dict[str, Any], refusals: Refusals) -> dict[str, Any]:
    summary, *rest = _SENTENCE_END.split(_prose(row.controller.__doc__ or ""), maxsplit=1)
    operation: dict[str, Any] = {
        "operationId": _operation_id(row),
        "summary": summary.rstrip("."),
        "tags": list(row.tags),
    }
    if rest:
        operation["description"] = rest[0]
    if security := _security(row):
        operation["security"] = security
    if parameters := [*_path_parameters(row), *_query_parameters(row, components)]:
        operation["parameters"] = parameters
    if row.body is not None:
        content = {FORM if row.form else "application/json": {"schema": described[row.body]}}
        operation["requestBody"] = {"required": row.body_required, "content": content}
    operation["responses"] = _responses(row, described, refusals)
    return operation


def _security(row: Route) -> list[dict[str, list[str]]]:
    """The alternatives that authorise the row, as security requirements; none for a row without any scheme."""
    always: dict[str, list[str]] = {"csrf": []} if AuthorisedBy.CSRF_TOKEN in row.authorised_by else {}
    unsafe: dict[str, list[str]] = {"csrf": []} if row.method != "GET" else {}
    schemes = [scheme for credential, scheme in _SCHEME_OF.items() if credential in row.authorised_by]
    found: list[dict[str, list[str]]] = [
        {scheme: [], **always, **(unsafe if scheme == "session" else {})} for scheme in schemes
    ]
    if not row.guard.needs_caller:
        # The body has its own credentials, such as those of a client, or there is an answer for anonymous callers too.
        found.append(always)
    return found if any(found) else []


def _operation_id(row: Route) -> str:
    """The operation id, such as `deleteSessionsById`: the method and the path, which are unique together."""
    path = _PARAMETER.sub(lambda found: f"by-{found[1]}", row.path.removeprefix("/api"))
    words = [word for word in re.split(r"[^A-Za-z0-9]+", path) if word]
    return row.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _path_parameters(row: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PATH_PARAMETERS.get(name, _ID)}
        for name in _PARAMETER.findall(row.path)
    ]


def _query_parameters(row: Route, components: dict[str, Any]) -> list[dict[str, Any]]:
    if row.query is None:
        return []
    schema = components[row.query.__name__]
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": kind}
        for name, kind in schema["properties"].items()
    ]


def _responses(row: Route, described: dict[Any, Any], refusals: Refusals) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, kind in row.answers.items():
        found[str(status)] = {"description": _describe(status, kind)}
        if isinstance(kind, str):
            kinds = kind.split(", ")
            found[str(status)]["content"] = {one: {"schema": _BODIES.get(one, {"type": "string"})} for one in kinds}
        elif kind is not None:
            found[str(status)]["content"] = {"application/json": {"schema": described[kind]}}
    by_status: dict[int, list[str]] = {}
    for error in errors_of(row):
        answer = problems.refusal(error(), row.path, refusals, request_id="", development=False)
        codes = by_status.setdefault(answer.status, [])
        if error.code not in codes:
            codes.append(error.code)
        content = found.setdefault(str(answer.status), {"description": "", "content": {}})["content"]
        content[answer.media_type] = {"schema": _PROBLEM_REF if answer.media_type == problems.MEDIA_TYPE else _OBJECT}
    for status, codes in by_status.items():
        found[str(status)]["description"] = " · ".join(filter(None, [found[str(status)]["description"], *codes]))
    return dict(sorted(found.items()))


def _structs(row: Route) -> list[Any]:
    kinds = [row.body, row.query, *row.answers.values()]
    return [kind for kind in kinds if kind is not None and not isinstance(kind, str)]


def _describe(status: int, kind: Any) -> str:
    doc = getattr(kind, "__doc__", None) if isinstance(kind, type) else None
    return _prose(doc) if doc else _DESCRIPTIONS.get(status, "The document.")


def _prose(doc: str) -> str:
    """A docstring without its indentation and line breaks; empty lines between paragraphs stay."""
    return _LINE_BREAK.sub(" ", cleandoc(doc))

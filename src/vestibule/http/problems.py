"""Errors as RFC 9457 problem documents, and the only table of status codes."""

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vestibule.domain import errors
from vestibule.domain.errors import VestibuleError

MEDIA_TYPE = "application/problem+json"

# An error class without a row has its parent's status.
STATUS: dict[type[VestibuleError], int] = {
    errors.VestibuleError: 500,
    errors.BadInput: 400,
    errors.UnsupportedMediaType: 415,
    errors.BodyTooLarge: 413,
    errors.SlowBody: 408,
    errors.UnknownHost: 421,
    errors.ValidationFailed: 422,
    errors.IdentifierTaken: 409,
    errors.NotAuthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.Conflict: 409,
    errors.InvalidCode: 400,
    errors.ExpiredCode: 410,
    errors.UsedCode: 410,
    errors.RateLimited: 429,
    errors.ProofOfWorkRequired: 428,
    errors.Unavailable: 503,
}
# Codes that RFC 6749 section 5.2 and RFC 8707 define; their documents have the member `error`, too.
_OAUTH = frozenset({"invalid_client", "invalid_request", "invalid_scope", "invalid_target"})
_OAUTH_PATHS = "/oauth/"
_DEFAULT_RETRY_SECONDS = 5
# Errors may repeat what was sent; these bounds keep an answer from growing with the request (CWE-400).
_MOST_FIELDS = 20
_LONGEST_NAME = 64
_LONGEST_SENTENCE = 200
_LONGEST_DETAIL = 1000
_LONGEST_STACK = 12_000
_UNNAMED, _NESTED = "This field", "profile."


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refused request is answered with: status, body (to be sent as JSON) and media type."""

    status: int
    body: Mapping[str, Any]
    media_type: str = MEDIA_TYPE


RefusalEncoder = Callable[[VestibuleError, Mapping[str, Any]], Refusal]
"""Takes an error and its problem document, and returns the refusal for clients that expect another form."""
Refusals = Mapping[str, RefusalEncoder]
"""Encoders by the start of a path; a start ends where a segment ends."""


def refusal(error: VestibuleError, path: str, encoders: Refusals, *, request_id: str, development: bool) -> Refusal:
    """Return the answer to a refused request: a problem document, unless its path has an encoder of its own."""
    for_oauth = path.startswith(_OAUTH_PATHS)
    body = document(error, request_id=request_id, development=development, for_oauth=for_oauth)
    for start, encode in encoders.items():
        if path == start or path.startswith(f"{start}/"):
            return encode(error, body)
    return Refusal(status_of(type(error)), body)


def status_of(kind: type[VestibuleError]) -> int:
    """Return the HTTP status code of an error class: its own, or that of its nearest parent with one."""
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def document(error: VestibuleError, *, request_id: str, development: bool, for_oauth: bool = False) -> dict[str, Any]:
    """Return the problem document: members of RFC 9457 and of the reference systems; in development also the fix.

    Pages of the reference systems show `message` or `errors.message` and nothing else, so both say what is wrong.
    `for_oauth`: the address is one of OAuth's, whose `errors` name parameters only.
    """
    kind, detail = type(error), error.detail[:_LONGEST_DETAIL]
    fields = [(name[:_LONGEST_NAME], error) for name, error in islice(error.fields.items(), _MOST_FIELDS)]
    sentences = {name: error.message[:_LONGEST_SENTENCE] for name, error in fields}
    message = _joined(named(sentences)) or detail
    body: dict[str, Any] = {
        "type": f"urn:vestibule:error:{kind.code}",
        "title": kind.title,
        "status": status_of(kind),
        "code": kind.code,
        "detail": detail,
        "message": message,
        "errors": sentences or ({} if for_oauth else {"message": message}),
        "errorCodes": {name: error.code for name, error in fields},
        "success": False,
        "requestId": request_id,
        **({"error": kind.code} if kind.code in _OAUTH else {}),
        **error.members,
    }
    if development:
        body["fix"] = kind.fix
        body["docs"] = f"docs/errors.md#{kind.code}"
        body["stack"] = "".join(traceback.format_exception(error))[-_LONGEST_STACK:]
    return body


def named(sentences: Mapping[str, str]) -> list[str]:
    """Return the sentences of faulty fields, each once, for a place that does not show the fields: where a sentence
    says "This field", the field's name is put in.
    """
    return list(
        dict.fromkeys(text.replace(_UNNAMED, name.removeprefix(_NESTED), 1) for name, text in sentences.items())
    )


def _joined(sentences: Iterable[str]) -> str:
    """The sentences in order, as long as they fit."""
    joined = ""
    for sentence in sentences:
        longer = f"{joined} {sentence}".strip()
        if len(longer) > _LONGEST_DETAIL:
            break
        joined = longer
    return joined


def headers(error: VestibuleError, answer: Refusal) -> dict[str, str]:
    """Return the headers of a refusal: Retry-After and WWW-Authenticate where its status needs them."""
    status = answer.status
    found = {"Content-Type": answer.media_type, "Cache-Control": "no-store", **error.headers}
    if status in {429, 503}:
        found["Retry-After"] = str(error.retry_after or _DEFAULT_RETRY_SECONDS)
    if status == 401:
        bad = ', error="invalid_token"' if isinstance(error, errors.InvalidAccessToken) else ""
        if isinstance(error, errors.AssuranceRequired):
            bad = ', error="insufficient_user_authentication", acr_values="aal2"'  # RFC 9470 section 3
        basic = isinstance(error, errors.InvalidClient)
        found["WWW-Authenticate"] = 'Basic realm="vestibule"' if basic else f'Bearer realm="vestibule"{bad}'
    return found

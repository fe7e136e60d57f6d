"""The envelope of every answer: `{statusCode, data, message, success}`, and `errors` in a refusal."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from vestibule.domain import errors
from vestibule.domain.errors import VestibuleError
from vestibule.http.call import Answer
from vestibule.http.problems import Refusal, named
from vestibule.schemas.base import Output

T = TypeVar("T")
_Texts = dict[type[VestibuleError], str]

# An error whose class has no row here has the status of its problem document.
_STATUS: Mapping[type[VestibuleError], int] = {
    errors.ValidationFailed: 400,
    errors.IdentifierTaken: 409,
    errors.InvalidCode: 400,
    errors.InvalidCredentials: 400,
    errors.InvalidRefreshToken: 400,
}
_TEXTS: _Texts = {
    errors.InvalidCredentials: "Invalid credentials",
    errors.InvalidRefreshToken: "Invalid refresh Token",
}
_EMAIL_TAKEN = "Email already exists"
_CODE_TEXTS: _Texts = {errors.InvalidCode: "Invalid code", errors.ExpiredCode: "Token Expired"}
_RESET_TEXTS: _Texts = {
    errors.InvalidCode: "Invalid Token",
    errors.ExpiredCode: "Reset Token Expired",
    errors.UsedCode: "Token already used",
}
# What a problem document says in members that the envelope has under another name, or does not have.
_REPLACED = frozenset({"type", "title", "status", "detail", "message", "errors", "errorCodes", "success"})
_LONGEST_MESSAGE = 1000


class Envelope(Output, Generic[T]):
    """An answer of Auth Service. `statusCode` is the HTTP status code."""

    status_code: int
    data: T
    message: str
    success: bool = True


def enveloped(
    data: Any,
    message: str,
    status: int = 200,
    *,
    cookies: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Return an answer with these data in the envelope; `status` is the HTTP status code."""
    body = Envelope(status_code=status, data=data, message=message, success=status < 400)
    return Answer(body, status=status, cookies=cookies, headers=headers or {})


def _refusal(texts: _Texts, error: VestibuleError, document: Mapping[str, Any]) -> Refusal:
    """Return a refusal in the envelope. `texts`: messages by class of error, where the system has one of its own."""
    kinds = type(error).__mro__
    status = next((_STATUS[kind] for kind in kinds if kind in _STATUS), document["status"])
    sentences = named(document["errors"]) if error.fields else []
    text = next((texts[kind] for kind in kinds if kind in texts), "")
    if isinstance(error, errors.IdentifierTaken):
        text, sentences = _EMAIL_TAKEN if "email" in error.fields else " ".join(sentences), []
    body = {
        "statusCode": status,
        "data": None,
        "message": text or " ".join(sentences)[:_LONGEST_MESSAGE] or document["message"],
        "success": False,
        "errors": sentences,
        **{name: value for name, value in document.items() if name not in _REPLACED},
    }
    return Refusal(status, body, "application/json")


REFUSALS = {
    "/api/v1/verify": partial(_refusal, _TEXTS | _CODE_TEXTS),
    "/api/v1/password": partial(_refusal, _TEXTS | _RESET_TEXTS),
    "/api/v1": partial(_refusal, _TEXTS),
    "/api/": partial(_refusal, _TEXTS),
}

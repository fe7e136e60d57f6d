"""Cross-site requests: where they come from, what they may carry, and the token that proves a page of ours."""

from typing import Any

from vestibule.domain.errors import CsrfFailed, OriginNotAllowed, UnsupportedMediaType
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door
from vestibule.http.call import Call

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = ("xsrf-token", "x-xsrf-token", "csrf-token", "x-csrf-token")
FORM = "application/x-www-form-urlencoded"
_OWN_SITE = frozenset({"same-origin", "same-site", "none"})


def check_origin(call: Call[Any]) -> None:
    """An unsafe request names an origin we know, or none at all. Raises OriginNotAllowed."""
    if call.request.method in SAFE_METHODS:
        return
    origin = call.request.headers.get("origin")
    if origin is not None:
        if origin.lower() not in call.edge.own_origins | set(call.edge.foreign_origins):
            raise OriginNotAllowed(private=f"origin {origin[:200]!r}")
        return
    site = call.request.headers.get("sec-fetch-site", "none")
    if site not in _OWN_SITE:
        raise OriginNotAllowed(private=f"sec-fetch-site {site[:20]!r} without an origin")


def check_media_type(call: Call[Any], *, form: bool) -> None:
    """A body is JSON: what a form can send needs no preflight, so it is refused. Raises UnsupportedMediaType.

    Addresses that take a `form` want a client's secret.
    """
    headers = call.request.headers
    if call.request.method in SAFE_METHODS:
        return
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    types = headers.getlist("content-type")
    if not has_body:
        return
    essence = types[0].split(";", 1)[0].strip().lower() if len(types) == 1 else ""
    if essence != (FORM if form else "application/json"):
        raise UnsupportedMediaType


def check_token(call: Call[Any], *, always: bool) -> None:
    """The CSRF token, when a cookie says who is asking or when the answer will set one. Raises CsrfFailed."""
    if call.request.method in SAFE_METHODS:
        return
    by_cookie = isinstance(call.caller, Principal) and call.caller.door is Door.BROWSER
    if not by_cookie and not always:
        return
    sent = [value for name in HEADERS for value in call.request.headers.getlist(name)]
    binding = _binding(call)
    if len(set(sent)) != 1 or binding is None or not call.services.csrf.matches(sent[0], binding):
        raise CsrfFailed


def at_cookie_door(call: Call[Any]) -> None:
    """A check for bodies that choose their door: the one that answers with cookies needs the token."""
    check_token(call, always=call.body.door == "cookie")


def of_cookie_attempt(call: Call[Any]) -> None:
    """A check for steps: whoever shows the attempt's secret in the body, or an access token, is no browser's victim."""
    by_bearer = isinstance(call.caller, Principal) and call.caller.door is Door.TOKEN
    check_token(call, always=call.body.secret is None and not by_bearer)


def _binding(call: Call[Any]) -> str | None:
    if isinstance(call.caller, Principal):
        return call.caller.session.id
    presession = call.presented.get(call.cookies.presession_name)
    return presession if presession and call.services.csrf.is_presession(presession) else None

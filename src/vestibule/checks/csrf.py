"""Cross-site request forgery: checks of a request's origin, its media type, and the token that our pages send."""

from typing import Any

from vestibule.domain.errors import CsrfFailed, OriginNotAllowed, UnsupportedMediaType
from vestibule.domain.principal import Authenticated
from vestibule.domain.session import SessionType
from vestibule.http.call import Call

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = ("xsrf-token", "x-xsrf-token", "csrf-token", "x-csrf-token")
FORM = "application/x-www-form-urlencoded"
_NO_COOKIE = "No cookie of this service came with the request: the browser blocks cookies, or the program keeps none."
_OWN_SITE = frozenset({"same-origin", "same-site", "none"})


async def check_origin(call: Call[Any]) -> None:
    """Require that an unsafe request names an allowed origin, or none at all. Raises OriginNotAllowed."""
    origin = call.request.headers.get("origin")
    if origin is not None:
        if not call.config.allows_origin(origin):
            raise OriginNotAllowed(private=f"origin {origin[:200]!r}")
        return
    site = call.request.headers.get("sec-fetch-site", "none")
    if site not in _OWN_SITE:
        raise OriginNotAllowed(private=f"sec-fetch-site {site[:20]!r} without an origin")


async def check_media_type(call: Call[Any], *, form: bool) -> None:
    """Require of an unsafe request a JSON body, if any: what an HTML form can send needs no CORS preflight.

    Raises UnsupportedMediaType. `form`: the route takes a form instead; such routes require a client's secret.
    """
    if not has_body(call):
        return
    types = call.request.headers.getlist("content-type")
    essence = types[0].split(";", 1)[0].strip().lower() if len(types) == 1 else ""
    if essence != (FORM if form else "application/json"):
        raise UnsupportedMediaType


def has_body(call: Call[Any]) -> bool:
    """Whether the request has a body or may have one: a Content-Length other than 0, or a Transfer-Encoding."""
    headers = call.request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def check_token(call: Call[Any], *, always: bool) -> None:
    """Require the CSRF token if a session cookie authenticates the caller, or `always`. Raises CsrfFailed."""
    if call.request.method in SAFE_METHODS:
        return
    if call.cookie_session is None and not always:
        return
    sent = _sent(call)
    binding = _binding(call)
    if binding is None:
        raise CsrfFailed(_NO_COOKIE)
    if len(set(sent)) != 1 or not call.services.abuse.csrf.matches(sent[0], binding):
        raise CsrfFailed


def is_sent(call: Call[Any]) -> bool:
    """Return whether the request carries a CSRF token, valid or not: our pages send one, stale ones included."""
    return bool(_sent(call))


async def of_session_type(call: Call[Any]) -> None:
    """`Route.check` for bodies that choose a session type: an answer that sets a cookie needs the CSRF token."""
    check_token(call, always=call.body.session_type is SessionType.COOKIE)


async def of_cookie_attempt(call: Call[Any]) -> None:
    """`Route.check` for steps of an attempt. Requires the CSRF token unless the request carries the attempt's secret or
    an access token: another site can make a browser send neither. Raises CsrfFailed.
    """
    by_bearer = isinstance(call.caller, Authenticated) and call.cookie_session is None
    check_token(call, always=call.body.secret is None and not by_bearer)


def _sent(call: Call[Any]) -> list[str]:
    return [value for name in HEADERS for value in call.request.headers.getlist(name)]


def _binding(call: Call[Any]) -> str | None:
    """What the CSRF token of this browser is bound to: its session, else its pre-session; None if it has neither."""
    if session := call.cookie_session:
        return session.id
    presession = call.presented.get(call.cookies.presession_name)
    return presession if presession and call.services.abuse.csrf.is_presession(presession) else None

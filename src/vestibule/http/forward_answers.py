"""The answers to a reverse proxy: identity headers, a redirect for the browser, or an error."""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote, urlencode

from vestibule.domain.access_rule import AccessRules
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.errors import (
    AccessDenied,
    AssuranceRequired,
    ForwardAuthUnclear,
    NotAuthenticated,
    VestibuleError,
)
from vestibule.http.call import Answer
from vestibule.http.config import HttpConfig, origin_of
from vestibule.services.access.forward_auth import DenialReason, Denied, ForwardedRequest

RETURN_PATH = "/forward-auth/return"
# Characters that every program reads alike: visible ASCII. All others are percent-encoded, and so are `%` and `,`.
_PLAIN = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in "%,")
_LONGEST_TARGET = 2000
_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9_.-]{1,253})(:\d{1,5})?/[!-\[\]-~]*\Z")
_Headers = Mapping[str, str] | None
Obstacle = Literal["malformed", "insecure", "unlisted", "out_of_reach"]
_REASONS: Mapping[DenialReason, type[VestibuleError]] = {
    "unclear": ForwardAuthUnclear,
    "closed": AccessDenied,
    "sign_in": NotAuthenticated,
    "assurance": AssuranceRequired,
    "role": AccessDenied,
    "email": AccessDenied,
}


IDENTITY_HEADERS = (
    "Remote-User",
    "Remote-Name",
    "Remote-Email",
    "Remote-Groups",
    "X-Auth-Request-User",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Vestibule-Token",
)


_NOT_KEPT = (b"cache-control", b"no-store")
_RAW_NAMES = tuple(name.lower().encode() for name in IDENTITY_HEADERS)


def allowed_headers(session: ActiveSession | None, token: str) -> list[tuple[bytes, bytes]]:
    """Return the identity headers of an allowed request, `token` among them. For an anonymous one (no session) the
    values are empty, so that they overwrite what the client may have sent.
    """
    if session is None:
        return [_NOT_KEPT, *((name, b"") for name in _RAW_NAMES)]
    user, name, email = (_plain(text or "") for text in (session.username, session.display_name, session.email))
    roles = ",".join(map(_plain, session.roles))
    values = (user, name, email, roles, session.user_id, user, email, roles, token)
    return [_NOT_KEPT, *((name, value.encode()) for name, value in zip(_RAW_NAMES, values, strict=True))]


def denied_answer(
    denied: Denied, request: ForwardedRequest, config: HttpConfig, *, page: bool, follows: bool
) -> Answer:
    """Return a redirect to a page where the user can fix the denial, or raise the error for it.

    `page`: a browser is navigating, so a page may help. `follows`: the proxy passes a redirect on; one that does not
    (nginx) gets 401 or 403 with the address in Location.
    """
    help_at = _help(denied, request, config) if page else None
    if help_at and follows:
        return Answer(status=302, headers={"Location": help_at})
    location = {"Location": help_at} if help_at else {}
    detail = ""
    if denied.reason == "sign_in" and not config.cookie_reaches(request.hostname):
        detail = "Sign in, and send an access token: cookies of this service do not reach that host."
    raise _error_of(denied, request, detail, location)


def denial_error(denied: Denied, request: ForwardedRequest, config: HttpConfig) -> VestibuleError:
    """Return the error for a denial, for an application that asks by itself. Its member `helpAt`, if there is one, is
    the page where a user can fix it.
    """
    error = _error_of(denied, request)
    if help_at := _help(denied, request, config):
        error.members["helpAt"] = help_at
    return error


def _error_of(denied: Denied, request: ForwardedRequest, detail: str = "", headers: _Headers = None) -> VestibuleError:
    return _REASONS[denied.reason](detail, private=f"{denied.reason} at {request.host}", headers=headers)


def wants_page(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser is navigating to a page: by Fetch Metadata, in older browsers by the Accept header."""
    if method not in {"GET", "HEAD"}:
        return False
    if mode := headers.get("sec-fetch-mode"):
        return mode == "navigate"
    return "text/html" in headers.get("accept", "") and "x-requested-with" not in headers


def return_obstacle(address: str, rules: AccessRules, config: HttpConfig) -> Obstacle | None:
    """Return why a browser may not be sent back to an address; None when it may: the address is on our own origin, or
    on a host that a rule names and that our cookies reach.
    """
    found = _ADDRESS.match(address)
    if found is None:
        return "malformed"
    if config.secure and found["scheme"] != "https":
        return "insecure"
    host = found["host"].lower()
    if origin_of(address) in config.own_origins:
        return None
    if not rules.protects(host):
        return "unlisted"
    return None if config.cookie_reaches(host) else "out_of_reach"


def _help(denied: Denied, request: ForwardedRequest, config: HttpConfig) -> str | None:
    """The page where the user can fix it, if there is one."""
    if denied.reason == "unclear" or not config.cookie_reaches(request.hostname):
        return None
    # A target too long to travel in another address is dropped; its host is kept.
    to = request.origin + (request.target if len(request.target) <= _LONGEST_TARGET else "/")
    if denied.reason == "sign_in":
        return f"{config.public_url}{RETURN_PATH}?{urlencode({'to': to})}"
    return f"{config.pages_url}/auth/no-access?{urlencode({'why': denied.reason, 'to': to})}"


def _plain(text: str) -> str:
    return quote(text, safe=_PLAIN)

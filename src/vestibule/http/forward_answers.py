"""What a reverse proxy is told: who it is for, where to send the browser, or no."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlencode

from vestibule.domain.access_rule import AccessRules
from vestibule.domain.errors import (
    AccessDenied,
    AssuranceRequired,
    ForwardAuthUnclear,
    NotAuthenticated,
    VestibuleError,
)
from vestibule.http.call import Answer
from vestibule.http.edge import Edge
from vestibule.http.raw_headers import RawHeaders
from vestibule.services.forward_auth import Asked, Passed, Stopped, Why

RETURN_PATH = "/forward-auth/return"
# Values that every program reads alike: visible ASCII. The rest is percent-encoded, `%` and `,` with it.
_PLAIN = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in "%,")
_LONGEST_TARGET = 2000
_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9_.-]{1,253})(:\d{1,5})?/[!-\[\]-~]*\Z")
_REASONS: Mapping[Why, type[VestibuleError]] = {
    "unclear": ForwardAuthUnclear,
    "closed": AccessDenied,
    "sign_in": NotAuthenticated,
    "assurance": AssuranceRequired,
    "role": AccessDenied,
    "email": AccessDenied,
}


IDENTITY_HEADERS = (
    "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups",
    "X-Auth-Request-User", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Email", "X-Auth-Request-Groups",
    "X-Vestibule-Token",
)  # fmt: skip


_NOT_KEPT = (b"cache-control", b"no-store")
_RAW_NAMES = tuple(name.lower().encode() for name in IDENTITY_HEADERS)


@lru_cache(maxsize=2000)
def passed(verdict: Passed) -> RawHeaders:
    """Go on: the headers that say who it is. For nobody the values are empty: they take the place of what a client may
    have sent.
    """
    session = verdict.session
    if session is None:
        return RawHeaders([_NOT_KEPT, *((name, b"") for name in _RAW_NAMES)])
    user, name, email = (_plain(text or "") for text in (session.username, session.name, session.email))
    roles = ",".join(map(_plain, session.roles))
    values = (user, name, email, roles, session.user_id, user, email, roles, verdict.token)
    return RawHeaders([_NOT_KEPT, *((name, value.encode()) for name, value in zip(_RAW_NAMES, values, strict=True))])


def stopped(verdict: Stopped, asked: Asked, edge: Edge, *, page: bool, follows: bool) -> Answer:
    """Not that way. `page`: a person looks at it, whom another page may help. `follows`: the proxy passes a redirect
    on; one that does not (nginx) gets 401 or 403 with the address beside it. Raises the reason.
    """
    help_at = _help(verdict, asked, edge) if page else None
    if help_at and follows:
        return Answer(status=302, headers={"Location": help_at})
    location = {"Location": help_at} if help_at else {}
    detail = ""
    if verdict.why == "sign_in" and not edge.cookie_reaches(asked.hostname):
        detail = "Sign in, and send an access token: cookies of this service do not reach that host."
    raise _REASONS[verdict.why](detail, private=f"{verdict.why} at {asked.host}", headers=location)


def wants_page(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser is on its way to a page: by Fetch Metadata, in older ones by what is accepted."""
    if method not in {"GET", "HEAD"}:
        return False
    if mode := headers.get("sec-fetch-mode"):
        return mode == "navigate"
    return "text/html" in headers.get("accept", "") and "x-requested-with" not in headers


def protected_host(address: str, rules: AccessRules, edge: Edge) -> str | None:
    """The host of an address that a browser may be sent back to: a rule names it, and our cookies reach it."""
    found = _ADDRESS.match(address)
    if found is None or (edge.secure and found["scheme"] != "https"):
        return None
    host = found["host"].lower()
    return host if rules.protects(host) and edge.cookie_reaches(host) else None


def _help(verdict: Stopped, asked: Asked, edge: Edge) -> str | None:
    """Where a person can do something about it."""
    if verdict.why == "unclear" or not edge.cookie_reaches(asked.hostname):
        return None
    # An address too long to be told within another one is forgotten; its host is not.
    to = asked.origin + (asked.target if len(asked.target) <= _LONGEST_TARGET else "/")
    if verdict.why == "sign_in":
        return f"{edge.public_url}{RETURN_PATH}?{urlencode({'to': to})}"
    return f"{edge.app_url}/auth/no-access?{urlencode({'why': verdict.why, 'to': to})}"


def _plain(text: str) -> str:
    return quote(text, safe=_PLAIN)

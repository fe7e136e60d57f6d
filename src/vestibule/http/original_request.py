"""Reads the request that a reverse proxy forwards, or an application asks about; nothing else reads X-Forwarded-Method,
-Proto, -Host and -Uri.

Each fact may come in one header; headers that contradict each other make the request unclear.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from vestibule.http.forward_answers import IDENTITY_HEADERS
from vestibule.services.access.forward_auth import ForwardedRequest

_SCHEMES = frozenset({"http", "https", "ws", "wss"})
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?(:\d{1,5})?\Z")
_METHOD = re.compile(r"[A-Z]{1,20}\Z")
# ASGI servers pass header names in lower case.
_FACTS = {
    b"x-forwarded-method": "method",
    b"x-original-method": "method",
    b"x-forwarded-proto": "scheme",
    b"x-forwarded-scheme": "scheme",
    b"x-original-scheme": "scheme",
    b"x-forwarded-host": "host",
    b"x-original-host": "host",
    b"x-forwarded-uri": "target",
    b"x-original-uri": "target",
    b"x-original-url": "url",
}
_METHOD_HEADER, _SCHEME_HEADER = b"x-forwarded-method", b"x-forwarded-proto"
_HOST_HEADER, _TARGET_HEADER = b"x-forwarded-host", b"x-forwarded-uri"
_UNCOMMON = frozenset(_FACTS) - {_METHOD_HEADER, _SCHEME_HEADER, _HOST_HEADER, _TARGET_HEADER}
# Applications (CGI, WSGI) read `_` as `-`: a proxy that lets such names through would let forged identities through.
_NOT_WITH_UNDERSCORES = _FACTS.keys() | {name.lower().encode() for name in IDENTITY_HEADERS}
Headers = Iterable[tuple[bytes, bytes]]
CommonFacts = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
_SHORT = 300


def original_request(headers: Headers) -> ForwardedRequest | None:
    """Return the forwarded request, from a trusted proxy's headers; None when they are unclear."""
    facts = []
    for pair in headers:
        name = pair[0]
        if name in _FACTS:
            facts.append(pair)
        elif b"_" in name and name.replace(b"_", b"-").lower() in _NOT_WITH_UNDERSCORES:
            return None
    return _read(facts)


def requested_address(address: str) -> ForwardedRequest | None:
    """Return the request for an address (http or https, of a host) that an application names itself; None when the
    address is unclear.
    """
    return _read([(b"x-original-url", address.encode())]) if address.isascii() else None


def common_facts(headers: Mapping[bytes, bytes]) -> CommonFacts | None:
    """Return the four headers that `original_request` depends on, as a cache key; None if a proxy uses other headers
    than most do. `headers`: by lower-case name, none sent twice.
    """
    if not _UNCOMMON.isdisjoint(headers) or b"_" in b"".join(headers):
        return None
    get = headers.get
    return get(_METHOD_HEADER), get(_SCHEME_HEADER), get(_HOST_HEADER), get(_TARGET_HEADER)


def is_short(facts: CommonFacts) -> bool:
    """Whether these facts are short enough to be cached: a client that sends many must not fill the memory."""
    return sum(map(len, filter(None, facts))) <= _SHORT


def _read(facts: Headers) -> ForwardedRequest | None:
    named = _by_name(facts)
    if named is None:
        return None
    url = named.pop("url", "")
    if url:
        if named.keys() & {"scheme", "host", "target"}:
            return None
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if not parts.netloc:
            return None
        named |= {"scheme": parts.scheme, "host": parts.netloc, "target": url.partition(parts.netloc)[2] or "/"}
    return _checked(named)


def _by_name(facts: Headers) -> dict[str, str] | None:
    """The facts by name; None when two headers contradict each other."""
    named: dict[str, str] = {}
    for name, value in facts:
        text = value.decode("latin-1")
        if named.setdefault(_FACTS[name], text) != text:
            return None
    return named


def _checked(facts: dict[str, str]) -> ForwardedRequest | None:
    scheme, host, target = (facts.get(fact, "") for fact in ("scheme", "host", "target"))
    scheme, host, method = scheme.lower(), host.lower(), facts.get("method", "GET")
    if scheme not in _SCHEMES or not _HOST.match(host) or not _METHOD.match(method) or not target:
        return None
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    default = {"http": ":80", "https": ":443"}[scheme]
    return ForwardedRequest(scheme, host.removesuffix(default).rstrip("."), target, method)

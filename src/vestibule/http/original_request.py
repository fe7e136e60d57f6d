"""The request that a reverse proxy asks about: the only reader of X-Forwarded-Method, -Proto, -Host and -Uri.

Each fact may be told in one way; anything else is nobody's word.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from vestibule.http.forward_answers import IDENTITY_HEADERS
from vestibule.services.forward_auth import Asked

_SCHEMES = frozenset({"http", "https", "ws", "wss"})
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?(:\d{1,5})?\Z")
_METHOD = re.compile(r"[A-Z]{1,20}\Z")
# Servers hand over names in lower case.
_FACTS = {
    b"x-forwarded-method": "method", b"x-original-method": "method",
    b"x-forwarded-proto": "scheme", b"x-forwarded-scheme": "scheme", b"x-original-scheme": "scheme",
    b"x-forwarded-host": "host", b"x-original-host": "host",
    b"x-forwarded-uri": "target", b"x-original-uri": "target",
    b"x-original-url": "url",
}  # fmt: skip
_METHOD_TOLD, _SCHEME_TOLD = b"x-forwarded-method", b"x-forwarded-proto"
_HOST_TOLD, _TARGET_TOLD = b"x-forwarded-host", b"x-forwarded-uri"
_UNUSUAL = frozenset(_FACTS) - {_METHOD_TOLD, _SCHEME_TOLD, _HOST_TOLD, _TARGET_TOLD}
# Servers behind us (CGI, WSGI) take `_` for `-`: a proxy that lets such names through would let identities through.
_NOT_WITH_UNDERSCORES = _FACTS.keys() | {name.lower().encode() for name in IDENTITY_HEADERS}
Headers = Iterable[tuple[bytes, bytes]]
Facts = tuple[tuple[bytes, bytes], ...]
Usual = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
_SHORT, _REMEMBERED = 300, 2_000


def original_request(headers: Headers) -> tuple[Asked, str] | None:
    """The request and its method, as a proxy that is believed tells them; None when it is not clear."""
    facts, length = [], 0
    for pair in headers:
        name = pair[0]
        if name in _FACTS:
            facts.append(pair)
            length += len(pair[1])
        elif b"_" in name and name.replace(b"_", b"-").lower() in _NOT_WITH_UNDERSCORES:
            return None
    # Long addresses are read each time: whoever asks for many must not fill the memory.
    return (_understood if length <= _SHORT else _read)(tuple(facts))


def as_usual(given: Mapping[bytes, bytes]) -> Usual | None:
    """What the answer of `original_request` depends on, of headers no name of which came twice, when it is told as most
    proxies do; None says nothing.
    """
    if not _UNUSUAL.isdisjoint(given) or b"_" in b"".join(given):
        return None
    get = given.get
    return get(_METHOD_TOLD), get(_SCHEME_TOLD), get(_HOST_TOLD), get(_TARGET_TOLD)


def is_short(usual: Usual) -> bool:
    """Whether it may be remembered."""
    return sum(map(len, filter(None, usual))) <= _SHORT


def _read(facts: Facts) -> tuple[Asked, str] | None:
    told = _told(facts)
    if told is None:
        return None
    url = told.pop("url", "")
    if url:
        if told.keys() & {"scheme", "host", "target"}:
            return None
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if not parts.netloc:
            return None
        told |= {"scheme": parts.scheme, "host": parts.netloc, "target": url.partition(parts.netloc)[2] or "/"}
    return _checked(told)


_understood = lru_cache(_REMEMBERED)(_read)


def _told(facts: Facts) -> dict[str, str] | None:
    """The facts by name; None when two tell one differently."""
    told: dict[str, str] = {}
    for name, value in facts:
        text = value.decode("latin-1")
        if told.setdefault(_FACTS[name], text) != text:
            return None
    return told


def _checked(facts: dict[str, str]) -> tuple[Asked, str] | None:
    scheme, host, target = (facts.get(fact, "") for fact in ("scheme", "host", "target"))
    scheme, host, method = scheme.lower(), host.lower(), facts.get("method", "GET")
    if scheme not in _SCHEMES or not _HOST.match(host) or not _METHOD.match(method) or not target:
        return None
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    default = {"http": ":80", "https": ":443"}[scheme]
    return Asked(scheme, host.removesuffix(default).rstrip("."), target), method

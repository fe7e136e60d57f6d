"""The parts of a request that authenticate its sender, independent of the framework."""

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit, urlunsplit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORWARD_HEADER = "x-vestibule-token"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Incoming:
    """An incoming request. `headers`: all pairs, with names in lower case. `url`: the complete requested address."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, method: str, url: str, headers: Iterable[tuple[str, str]]) -> "Incoming":
        """Create it from the parts that a framework has; names of headers may be in any case."""
        return cls(method.upper(), url, tuple((name.lower(), value) for name, value in headers))

    def all(self, name: str) -> list[str]:
        """Return all values of this header."""
        return [value for found, value in self.headers if found == name]

    def get(self, name: str) -> str:
        """Return the value of this header; empty when it was not sent, or more than once."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""

    def cookie(self, name: str) -> str:
        """Return the value of this cookie; empty when it was not sent, or more than once."""
        found = []
        for line in self.all("cookie"):
            for pair in line.split(";"):
                key, _, value = pair.strip().partition("=")
                if key == name:
                    found.append(value)
        return _unquoted(found[0]) if len(found) == 1 else ""

    def is_forged(self, own: str = "") -> bool:
        """Whether a page of another origin may have made the browser send this change with its cookies (CSRF).

        An origin is scheme, host and port. `own`: the application's configured one, which counts at its host instead of
        what the server sees behind a proxy that ends TLS.
        """
        if self.method in SAFE:
            return False
        if site := self.get("sec-fetch-site"):
            return site not in {"same-origin", "none"}
        if origin := origin_of(self.get("origin")):
            here, configured = origin_of(self.url), origin_of(own)
            return origin != (configured if configured and here and configured[1] == here[1] else here)
        return bool(self.all("origin") or self.all("sec-fetch-site"))

    def address(self, own: str = "") -> str:
        """Return the complete requested address as the browser has it.

        `own`: the application's configured origin, whose scheme and port count at its host instead of what the server
        sees behind a proxy that ends TLS.
        """
        here, configured = origin_of(self.url), origin_of(own)
        if not here or not configured or here[1] != configured[1]:
            return self.url
        scheme, netloc, *_ = urlsplit(own)
        return urlunsplit(urlsplit(self.url)._replace(scheme=scheme, netloc=netloc))

    @property
    def wants_page(self) -> bool:
        """Whether a browser is navigating to a page: a redirect helps it, whereas a program needs 401."""
        if self.method not in {"GET", "HEAD"}:
            return False
        if mode := self.get("sec-fetch-mode"):
            return mode == "navigate"
        return "text/html" in self.get("accept") and not self.get("x-requested-with")


def origin_of(url: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of an address; None when it has none (`null`, another form)."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.scheme and parts.hostname else None


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(f"x={value}")
    except CookieError:
        return ""
    return jar["x"].value if "x" in jar else ""

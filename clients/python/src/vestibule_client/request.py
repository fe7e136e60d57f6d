"""The parts of a request that say who is asking, whichever framework it came through."""

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urlsplit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORWARD_HEADER = "x-vestibule-token"


@dataclass(frozen=True, slots=True)
class Incoming:
    """`headers`: pairs with names in lower case, as often as they came. `url`: the whole address that was asked for."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, method: str, url: str, headers: Iterable[tuple[str, str]]) -> "Incoming":
        """Made of what a framework has."""
        return cls(method.upper(), url, tuple((name.lower(), value) for name, value in headers))

    def all(self, name: str) -> list[str]:
        """Every value under this name."""
        return [value for found, value in self.headers if found == name]

    def get(self, name: str) -> str:
        """The value under this name; nothing when it did not come, or came twice."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""

    def cookie(self, name: str) -> str:
        """A cookie's value; nothing when it did not come, or came twice."""
        found = []
        for line in self.all("cookie"):
            for pair in line.split(";"):
                key, _, value = pair.strip().partition("=")
                if key == name:
                    found.append(value)
        return _unquoted(found[0]) if len(found) == 1 else ""

    @property
    def is_forged(self) -> bool:
        """Whether a page of another origin may have sent this along with the cookie (a change, from elsewhere)."""
        if self.method in SAFE:
            return False
        if site := self.get("sec-fetch-site"):
            return site not in {"same-origin", "none"}
        if origin := self.get("origin"):
            return urlsplit(origin).netloc != urlsplit(self.url).netloc
        return bool(self.all("origin") or self.all("sec-fetch-site"))

    @property
    def wants_page(self) -> bool:
        """Whether a browser is on its way to a page: a redirect helps it, where a program needs 401."""
        if self.method not in {"GET", "HEAD"}:
            return False
        if mode := self.get("sec-fetch-mode"):
            return mode == "navigate"
        return "text/html" in self.get("accept") and not self.get("x-requested-with")


def sign_in_address(issuer: str, url: str) -> str:
    """Where a browser signs in and comes back from. Vestibule checks that `url` is a host it protects."""
    return f"{issuer}/forward-auth/return?{urlencode({'to': url})}"


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(f"x={value}")
    except CookieError:
        return ""
    return jar["x"].value if "x" in jar else ""

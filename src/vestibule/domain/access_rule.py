"""Forward-auth access rules by host and path: the first rule that matches decides; without a match access is denied."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.role import is_role_name

EXPECTED = (
    "rules such as `app.example.com/admin/* role=admin aal=2`, one per line or between `;`: a host and a path, then "
    "`public`, `deny`, `signed-in`, `verified-email`, `aal=1` to `aal=2`, `role=one,or,another`"
)
_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?\Z")
# Path parts that two programs may interpret differently: slashes, dots, backslashes, percent signs, semicolons and
# control characters, encoded or (where that is ambiguous too) plain; doubled slashes; `.` and `..` segments.
_UNCLEAR = re.compile(r"%(2[fe]|5c|25|3b|23|3f|[01][0-9a-f]|7f)|[\\;#\x00-\x20\x7f]|//|/\.{1,2}(/|\Z)", re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONGEST = 8192
Unmet = Literal["closed", "sign_in", "assurance", "role", "email"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a rule requires of a request.

    `public`: no sign-in. `closed`: always denied. `aal`: the lowest assurance level of the session. `roles`: one of
    them is enough; an empty set requires none. `verified_email`: the user's address must be verified.
    """

    public: bool = False
    closed: bool = False
    aal: int = 1
    roles: frozenset[str] = frozenset()
    verified_email: bool = False

    def unmet(self, session: ActiveSession | None) -> Unmet | None:
        """Return the first part of the requirement that this session (None: no valid credential) does not meet, in the
        order in which a user can fix them; None if it meets all.
        """
        if self.closed:
            return "closed"
        if self.public:
            return None
        if session is None:
            return "sign_in"
        if session.aal < self.aal:
            return "assurance"
        if self.roles and not self.roles & set(session.roles):
            return "role"
        return "email" if self.verified_email and session.email_verified_at is None else None


DENIED = Requirement(closed=True)
SIGNED_IN = Requirement()


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One rule: a host (`*.` covers subdomains), a path (a final `*` covers everything below it), a requirement."""

    host: str
    path: str
    requirement: Requirement

    def matches(self, host: str, path: str) -> bool:
        """Whether this rule applies to a host and a decoded path."""
        return self.covers(host) and self._is_about(path)

    def covers(self, host: str) -> bool:
        """Whether this rule applies to a host, on any path."""
        return host.endswith(self.host[1:]) if self.host.startswith("*.") else host == self.host

    def _is_about(self, path: str) -> bool:
        mine = self.path
        if not self.requirement.public:
            # Ignoring case protects applications that ignore it too: another spelling must not evade a rule. A public
            # path is matched exactly, so that no more than it becomes public.
            mine, path = mine.casefold(), path.casefold()
        if not mine.endswith("*"):
            return path == mine
        return path.startswith(mine[:-1]) or path == mine[:-2]


class AccessRules:
    """An ordered list of access rules, evaluated for each forwarded request."""

    def __init__(self, rules: Sequence[AccessRule]) -> None:
        self._rules = tuple(rules)

    def requirement(self, host: str, target: str) -> Requirement | None:
        """Return what the first matching rule requires (`DENIED` without one); None when the target is ambiguous."""
        path, _, query = target.partition("?")
        if "#" in query or not query.isascii() or len(target) > _LONGEST:
            return None
        clear = clear_path(path)
        if clear is None:
            return None
        return next((rule.requirement for rule in self._rules if rule.matches(host, clear)), DENIED)

    def protects(self, host: str) -> bool:
        """Whether any rule covers this host: a browser may be redirected back to such hosts only."""
        return any(rule.covers(host) for rule in self._rules)


def clear_path(path: str) -> str | None:
    """Return a request path decoded once; None when the protected application might interpret it differently."""
    if not path.startswith("/") or not path.isascii():
        return None
    if _UNCLEAR.search(path) or _BROKEN_ESCAPE.search(path):
        return None
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return None
    # Checked also after folding, as some programs read look-alikes of slashes and dots (U+FF0F and others) as these.
    folded = unicodedata.normalize("NFKC", decoded).replace(" ", "")
    return None if _UNCLEAR.search(decoded.replace(" ", "")) or _UNCLEAR.search(folded) else decoded


def parse_rules(text: str, *, spelled: Callable[[str], str] = str.lower) -> tuple[AccessRule, ...]:
    """Parse rules, one per line or between `;`, without `#` comments. Raises ValueError that names the wrong line.

    `spelled` returns a host name as browsers send it, or raises ValueError.
    """
    lines = [line.strip() for line in re.split(r"[\n;]", text)]
    return tuple(_rule(line, spelled) for line in lines if line and not line.startswith("#"))


def _rule(line: str, spelled: Callable[[str], str]) -> AccessRule:
    address, *words = line.split()
    host, slash, path = address.partition("/")
    path, host = slash + path, _spelled(host, spelled)
    if not _HOST.match(host) or not path or "*" in path[:-1] or (path.endswith("*") and path[-2] != "/"):
        raise ValueError(f"{EXPECTED}; not `{line}`: `{address}` is no host with a path")
    plain = path.removesuffix("*")
    if clear_path(plain) != plain:
        raise ValueError(f"{EXPECTED}; not `{line}`: write the path as people see it, without escapes")
    return AccessRule(host, path, _requirement(line, words))


def _spelled(host: str, spelled: Callable[[str], str]) -> str:
    """The host of a rule in one spelling, with its `*.`; empty when it cannot be one."""
    star = "*." if host.startswith("*.") else ""
    try:
        return star + spelled(host.removeprefix(star))
    except ValueError:
        return ""


def _requirement(line: str, words: Sequence[str]) -> Requirement:
    conditions: dict[str, Any] = {}
    for word in words:
        condition = _word(word)
        if condition is None or condition.keys() & conditions.keys():
            raise ValueError(f"{EXPECTED}; not `{line}`: `{word}` is unknown, or stands twice")
        conditions |= condition
    if not conditions or (len(conditions) > 1 and conditions.keys() & {"public", "closed"}):
        raise ValueError(f"{EXPECTED}; not `{line}`: say who may in, and `public` or `deny` alone")
    conditions.pop("signed_in", None)
    return Requirement(**conditions)


def _word(word: str) -> Mapping[str, Any] | None:
    name, _, value = word.partition("=")
    plain = {"public": "public", "deny": "closed", "signed-in": "signed_in", "verified-email": "verified_email"}
    if name in plain and not value:
        return {plain[name]: True}
    if name == "aal" and value in {"1", "2"}:
        return {"aal": int(value)}
    roles = value.split(",")
    return {"roles": frozenset(roles)} if name == "role" and all(map(is_role_name, roles)) else None

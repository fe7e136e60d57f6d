"""Database addresses, read and decoded once: server, migrations, backup and restore work with the same parts.

An address is `sqlite:///file` or `postgresql://user:password@host:port/name?parameters` (RFC 3986; libpq's connection
URIs, section 32.1.1.2 of PostgreSQL's manual).
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from vestibule.domain.database_parameters import DatabaseUrlError, checked, shown

SUPPORTED = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"
_SPELL_IT = "Write them as %23 (#), %2F (/), %3F (?), %5B ([), %5D (]), %40 (@), %25 (%) and %20 (a space)."
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}\Z")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNSEEN = re.compile(r"[\x00-\x20\x7f]")
_NAME = re.compile(r"(?=.{1,253}\Z)[\w-]{1,63}(\.[\w-]{1,63})*\.?\Z")
_PARTS = ("host", "port", "user", "password", "dbname", "database")

__all__ = ["SUPPORTED", "DatabaseUrl", "DatabaseUrlError", "parse", "sqlite_text"]

Host = tuple[str, int | None]


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class DatabaseUrl:
    """A parsed address. `path` is SQLite's file; the rest is PostgreSQL's. Its repr shows no password.

    `hosts`: names, IP addresses or folders of sockets, each with its port; none of them means the driver's default.
    `schema` is empty for SQLite.
    """

    dialect: Literal["sqlite", "postgresql"]
    schema: str = ""
    path: Path = Path()
    hosts: tuple[Host, ...] = ()
    user: str = ""
    password: str = ""
    database: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The address in one spelling that every program reads alike, with its password."""
        return self._written(quote(self.password, safe=""))

    @property
    def redacted(self) -> str:
        """The address without its password, safe to show."""
        return self._written("***" if self.password else "")

    def _written(self, password: str) -> str:
        if self.dialect == "sqlite":
            return sqlite_text(self.path)
        credentials = quote(self.user, safe="") + (f":{password}" if password else "")
        hosts = ",".join(map(_host_text, self.hosts))
        query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in self.parameters)
        authority = f"{credentials}@{hosts}" if credentials else hosts
        return f"postgresql://{authority}/{quote(self.database, safe='')}" + (f"?{query}" if query else "")

    def __repr__(self) -> str:
        return f"DatabaseUrl({self.redacted})"


def sqlite_text(path: Path) -> str:
    """Return the address of a SQLite file: whatever stands in its path, `#`, `?` and `%` too, is escaped."""
    return f"sqlite:///{quote(str(path), errors='surrogateescape')}"


def parse(text: str, schema: str = "") -> DatabaseUrl:
    """Parse an address; the scheme's case does not matter. Raises DatabaseUrlError."""
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator:
        raise _error("a text without ://", fix="Write the whole address, with its scheme.")
    if scheme in {"postgresql", "postgres"}:
        return _postgresql(rest, schema or "public")
    if scheme == "sqlite":
        return DatabaseUrl(dialect="sqlite", path=_file(rest))
    raise _another(scheme)


def _error(got: str, expected: str = SUPPORTED, fix: str = _SPELL_IT) -> DatabaseUrlError:
    return DatabaseUrlError(got, expected, fix)


def _another(scheme: str) -> DatabaseUrlError:
    base, _, driver = scheme.partition("+")
    shown = f"{scheme}://…" if _SCHEME.match(scheme) else "another scheme"
    if driver and base in {"postgresql", "postgres", "sqlite"} and _SCHEME.match(scheme):
        return _error(shown, fix=f"Leave out +{driver}: write {base}://….")
    return _error(shown, fix="Use one of these two databases.")


def _file(rest: str) -> Path:
    expected = "sqlite:///relative/file.db or sqlite:////absolute/file.db"
    if rest in {"", "/", "/:memory:"}:
        fix = "Name a file: several processes and connections share it."
        raise _error("a database in memory", expected, fix)
    if not rest.startswith("/"):
        raise _error(
            "sqlite:// with a host", expected, "Write three slashes before the path, four when it is absolute."
        )
    if "#" in rest or "?" in rest:
        fix = "Write # as %23, ? as %3F and % as %25 in a path. There are no parameters."
        raise _error("# or ? in the path", expected, fix)
    if _BROKEN_ESCAPE.search(rest) or "%00" in rest:
        raise _error("a % that begins no escape", expected, "Write % as %25 in a path.")
    return Path(unquote(rest[1:], errors="surrogateescape"))


def _postgresql(rest: str, schema: str) -> DatabaseUrl:
    authority, database, query = _divided(rest)
    credentials, _, hosts = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    values = _query(query)
    parts = {name: values.pop(name) for name in _PARTS if name in values}
    found = _hosts(hosts, parts.get("host", ""), parts.get("port", ""))
    return DatabaseUrl(
        dialect="postgresql",
        schema=schema,
        hosts=found,
        user=_one("user", _decoded(user), parts.get("user", "")),
        password=_one("password", _decoded(password), parts.get("password", "")),
        database=_one("name", _decoded(database), parts.get("dbname", ""), parts.get("database", "")),
        parameters=checked(values, hosts=len(found)),
    )


def _divided(rest: str) -> tuple[str, str, str]:
    """Split into authority, database and query. An unescaped sign of a password would put its rest into other parts."""
    before, _, query = rest.partition("?")
    authority, _, database = before.partition("/")
    credentials = authority.rpartition("@")[0]
    ends_early = bool(authority) and "@" in rest[len(authority) :]
    if ends_early or "#" in rest or _UNSEEN.search(rest) or "/" in database or set("[]@") & set(credentials):
        raise _error("a sign that must be escaped, such as one of # / ? [ ] @ in the password")
    return authority, database, query


def _decoded(text: str) -> str:
    try:
        found = unquote(text, errors="strict")
    except UnicodeDecodeError:
        found = "\0"
    if _BROKEN_ESCAPE.search(text) or "\0" in found:
        raise _error("a % that begins no escape of UTF-8 text, such as one in the password")
    return found


def _query(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, equals, value = (_decoded(part) for part in pair.partition("="))
        if not equals or not name:
            raise _error("a parameter without =")
        if name in values:
            raise _error(f"{shown(name)} twice", "each parameter once", "Leave one of them out.")
        values[name] = value
    return values


def _one(name: str, *values: str) -> str:
    found = [value for value in values if value]
    if len(found) > 1:
        raise _error(f"two values for the {name}", fix="Name it once: before the ? or after it.")
    return found[0] if found else ""


def _hosts(authority: str, names: str, ports: str) -> tuple[Host, ...]:
    if authority and (names or ports):
        raise _error("two values for host or port", fix="Name them once: before the ? or after it.")
    if authority:
        return tuple(_host_and_port(item) for item in authority.split(","))
    hosts, numbers = names.split(",") if names else [], ports.split(",") if ports else []
    if len(numbers) == 1:
        numbers *= len(hosts)
    if (ports and not hosts) or (numbers and len(numbers) != len(hosts)):
        raise _error("more or fewer ports than hosts", fix="Name one port, or one for each host.")
    return tuple(
        (_host(host.removeprefix("[").removesuffix("]")), _port(port))
        for host, port in zip(hosts, numbers or [""] * len(hosts), strict=True)
    )


def _host_and_port(item: str) -> Host:
    if item.startswith("["):
        host, bracket, rest = item[1:].partition("]")
        colon, port = rest[:1] if bracket and ":" in host else "[", rest[1:]
    else:
        host, colon, port = item.partition(":")
    if colon not in {"", ":"}:
        raise _bad_host()
    return _host(_decoded(host)), _port(_decoded(port))


def _host(host: str) -> str:
    if host.startswith("/"):
        return host
    if ":" not in host and _NAME.match(host):
        return host.lower()
    try:
        return str(ip_address(host))
    except ValueError:
        raise _bad_host() from None


def _port(port: str) -> int | None:
    if not port:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65_535:
        raise _error("a port that is no number from 1 to 65535, or a password without its @host")
    return int(port)


def _bad_host() -> DatabaseUrlError:
    fix = "Name a host, an IP address ([::1] in brackets) or a socket's folder (%2Fvar%2Frun%2Fpostgresql)."
    return _error("a host that cannot be one", fix=fix)


def _host_text(entry: Host) -> str:
    host, port = entry
    name = quote(host, safe="")
    if ":" in host:
        name = f"[{quote(host, safe=':')}]"
    return f"{name}:{port}" if port else name

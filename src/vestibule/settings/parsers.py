"""Parsers from a setting's text to its value. Each raises ValueError with what is expected."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from vestibule.domain.access_rule import AccessRule, parse_rules
from vestibule.domain.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from vestibule.domain.outbound import Network, parse_networks
from vestibule.domain.rate_limit import Limit
from vestibule.settings import hosts as hosts_

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(\d{1,9})\s*([smhd])\Z")
_LIMIT = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9}\s*[smhd])\Z")
_LAST_PORT = 65_535
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?\Z")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")


def text(raw: str) -> str:
    """Return the text unchanged."""
    return raw


def count(raw: str) -> int:
    """Parse a whole number of at most nine digits."""
    if not re.fullmatch(r"\d{1,9}", raw):
        raise ValueError("a whole number of at most nine digits")
    return int(raw)


def seconds(raw: str) -> float:
    """Parse a number of seconds, with up to three decimals."""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", raw):
        raise ValueError("a number of seconds, such as 5 or 0.5")
    return float(raw)


def duration(raw: str) -> Duration:
    """Parse a number and a unit (s, m, h or d) to microseconds."""
    found = _DURATION.match(raw)
    if not found:
        raise ValueError("a number and a unit of s, m, h or d, such as 15m or 7d")
    return int(found[1]) * _UNITS[found[2]]


def spread(raw: str) -> Duration | None:
    """Parse a duration of at most one minute, for which a user still waits for an email; None for an empty text."""
    if raw and duration(raw) > MINUTE:
        raise ValueError("at most a minute, such as 2s")
    return duration(raw) if raw else None


def date(raw: str) -> Instant:
    """Parse a date to the start of that day in UTC, in microseconds since 1970; 0 for an empty text."""
    if not raw:
        return 0
    try:
        return int(datetime.strptime(raw, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * SECOND
    except ValueError as error:
        raise ValueError("a date such as 2027-01-31") from error


def limit(raw: str) -> Limit:
    """Parse a limit such as 60/15m (uses per duration); bootstrap sets its name."""
    found = _LIMIT.match(raw)
    if not found or int(found[1]) == 0:
        raise ValueError("how many / in how long, such as 60/15m")
    chosen = Limit("", int(found[1]), duration(found[2]))
    if chosen.interval < 1:
        raise ValueError("at most one per microsecond")
    return chosen


def words(raw: str) -> tuple[str, ...]:
    """Parse a list of words, separated by commas."""
    return tuple(item.strip() for item in raw.split(",") if item.strip())


def origins(raw: str) -> tuple[str, ...]:
    """Parse a list of origins, separated by commas; returned as browsers send them."""
    return tuple(_origin(word) for word in words(raw))


def _origin(raw: str) -> str:
    expected = "origins such as https://app.example.com, separated by commas, without a path"
    address = _address(raw, expected)
    if address.path:
        raise ValueError(f"{expected}: {address.origin}")
    return address.origin


def host(raw: str) -> str:
    """Parse a host name or IP address without port; returned as browsers send it."""
    try:
        return hosts_.host(raw)
    except ValueError as error:
        raise ValueError(f"{error}, without scheme and port") from error


def hosts(raw: str) -> tuple[str, ...]:
    """Parse a list of host names without ports, separated by commas; returned as browsers send them."""
    return tuple(host(word) for word in words(raw))


def domain(raw: str) -> str:
    """Parse a domain that contains a dot; returned as browsers send it, without a leading dot."""
    expected = "a domain such as example.com, of which the public URL's host is a part"
    try:
        found = hosts_.host(raw.removeprefix("."))
    except ValueError as error:
        raise ValueError(expected) from error
    if "." not in found or found.startswith("[") or found.rpartition(".")[2].isdecimal():
        raise ValueError(expected)
    return found


def url(raw: str) -> str:
    """Parse an http(s) URL without query, fragment or user; returned as browsers write it, without a final slash."""
    address = _address(raw, "an address such as https://id.example.com")
    return address.origin + address.path


def public_url(raw: str) -> str:
    """Parse an http(s) URL with a plain path or none; the path is written into pages and cookies."""
    expected = "an address such as https://id.example.com or https://app.example.com/auth"
    address = _address(raw, expected)
    if not _PLAIN_PATH.match(address.path) or {".", ".."} & set(address.path.split("/")):
        raise ValueError(expected)
    return address.origin + address.path


def _address(raw: str, expected: str) -> hosts_.WebAddress:
    try:
        return hosts_.web_address(raw)
    except ValueError as error:
        raise ValueError(f"{expected} ({error})") from error


def rules(raw: str) -> tuple[AccessRule, ...]:
    """Parse the access rules of forward-auth; their hosts are returned as browsers send them."""
    return parse_rules(raw, spelled=hosts_.host)


def folder(raw: str) -> str:
    """Parse the path of a folder; returned absolute, with `~` for the home of the user."""
    try:
        return str(Path(raw).expanduser().absolute())
    except RuntimeError as error:
        raise ValueError("a path; the home folder that ~ stands for is not known") from error


def port(raw: str) -> int:
    """Parse a TCP port, from 1 to 65535."""
    if not re.fullmatch(r"[0-9]{1,5}", raw) or not 1 <= int(raw) <= _LAST_PORT:
        raise ValueError(f"a port from 1 to {_LAST_PORT}")
    return int(raw)


def schema(raw: str) -> str:
    """Parse a PostgreSQL schema name that needs no quoting."""
    if not _SCHEMA.match(raw):
        raise ValueError("lower-case letters, digits and _, such as vestibule")
    return raw


def networks(raw: str) -> tuple[str, ...]:
    """Parse a list of IP networks, separated by commas."""
    try:
        for network in words(raw):
            ip_network(network, strict=False)
    except ValueError as error:
        raise ValueError("networks such as 10.0.0.0/8, separated by commas") from error
    return words(raw)


def outbound_networks(raw: str) -> tuple[Network, ...]:
    """Parse a list of networks that may be called, separated by commas."""
    try:
        return parse_networks(words(raw))
    except ValueError as error:
        expected = "networks such as 10.20.0.0/16 or 10.20.0.5/32, separated by commas, each smaller than the internet"
        raise ValueError(f"{expected} ({error})") from error


def choice(*allowed: str) -> Callable[[str], str]:
    """Return a parser that accepts one of these words only."""

    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(" or ".join(allowed))
        return raw

    return parse

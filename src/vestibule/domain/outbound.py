"""Which addresses of other services may be called, and why a call failed (ASVS 1.3.6, 13.2.4).

An address in the internet's public space may be called over https. Everything else belongs to the operator: this
machine, the networks around it, a cloud's metadata service. Of these, only networks that the operator names are called.

    OutboundError
    |-- TargetRefused   nothing was sent: the URL, or an address of its host, is not allowed
    `-- NoAnswer        the target gave no answer within the limits
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from vestibule.domain.ip_address import Address

Network = IPv4Network | IPv6Network

# IANA's special-purpose registries and multicast. Not `is_global`: what it says differs between releases of Python.
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # a public number, but Azure's host answers on it, and gives virtual machines their secrets
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),  # Teredo, ORCHID; documentation; 6to4
    )
)
# All else is refused, so that no IPv4 address travels inside an IPv6 one: ::/96, ::ffff:0:0/96, 64:ff9b::/96 (NAT64).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_PORTS = {"http": 80, "https": 443}
_PUBLIC_PORTS = frozenset({443, 8443})
_LAST_PORT = 65_535
_LONGEST_URL = 2048
_LONGEST_NAME = 253
# RFC 3986 without user, fragment and an empty path before a query. What two parsers could read differently is no URL.
_URL = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([1-9][0-9]{0,4}))?(/[a-z0-9._~!$&'()*+,;=:@%/?-]*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# A host whose last label is a number is an IPv4 address to some readers: 127.1, 0x7f000001, 2130706433, 0177.0.0.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Refusal(StrEnum):
    """Why a target may not be called."""

    URL = "url"
    PRIVATE_ADDRESS = "private_address"
    PLAIN_HTTP = "plain_http"
    PORT = "port"


class Failure(StrEnum):
    """Why a target gave no answer."""

    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    ENCODED = "encoded"
    BROKEN = "broken"


class OutboundError(Exception):
    """A call of another service that brought no answer. Neither text nor attributes contain what the service sent."""

    def __init__(self, reason: Refusal | Failure, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class TargetRefused(OutboundError):
    """The target may not be called, so nothing was sent to it."""


class NoAnswer(OutboundError):
    """The target gave no answer, or none within the limits."""


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL: the scheme, a name or IP address in lower case without brackets, the port, the path with query."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(url: str) -> Target:
    """Parse an http or https URL in ASCII. Raises TargetRefused for everything that is not plainly one."""
    parts = _URL.fullmatch(url) if len(url) <= _LONGEST_URL else None
    if not parts:
        raise TargetRefused(Refusal.URL)
    scheme, host = parts[1].lower(), parts[2].lower()
    port = int(parts[3] or _PORTS[scheme])
    if port > _LAST_PORT:
        raise TargetRefused(Refusal.URL)
    address = _address(host)
    if not address and not _is_name(host):
        raise TargetRefused(Refusal.URL)
    return Target(scheme, str(address or host), port, parts[4] or "/", address)


def _address(host: str) -> Address | None:
    """Return the address that a host is, None for a name. Raises TargetRefused for an address in another spelling."""
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1])
        return IPv4Address(host) if is_literal(host) else None
    except ValueError:
        raise TargetRefused(Refusal.URL) from None


def is_literal(host: str) -> bool:
    """Whether a target's host is an IP address, so that there is nothing to resolve."""
    return ":" in host or bool(_NUMBER.fullmatch(host.rpartition(".")[2]))


def _is_name(host: str) -> bool:
    return len(host) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in host.split("."))


@dataclass(frozen=True, slots=True)
class OutboundRule:
    """What may be called: public addresses over https, on the ports 443 and 8443; in the operator's `networks` each
    address, on each port, and over http too.
    """

    networks: tuple[Network, ...] = ()

    def refusal(self, scheme: str, port: int, addresses: Iterable[Address]) -> Refusal | None:
        """Return why a host with these addresses may not be called; None if it may.

        Each address has to be allowed. Were one enough, the order of a name server's answer would decide.
        """
        reasons = (self._refusal(scheme, port, address) for address in addresses)
        return next(filter(None, reasons), None)

    def early_refusal(self, target: Target) -> Refusal | None:
        """Return why a target may not be called, whatever addresses its name has; None if that depends on them."""
        if target.address:
            return self._refusal(target.scheme, target.port, target.address)
        return None if self.networks else _refusal_in_public(target.scheme, target.port)

    def _refusal(self, scheme: str, port: int, address: Address) -> Refusal | None:
        if any(address in network for network in self.networks):
            return None
        return _refusal_in_public(scheme, port) if is_public(address) else Refusal.PRIVATE_ADDRESS


def _refusal_in_public(scheme: str, port: int) -> Refusal | None:
    if scheme != "https":
        return Refusal.PLAIN_HTTP
    return None if port in _PUBLIC_PORTS else Refusal.PORT


def is_public(address: Address) -> bool:
    """Whether an address is in the internet's public space, and not a special one (RFC 6890)."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Parse networks such as 10.20.0.0/16. Raises ValueError for host bits, a zone, and for all addresses at once."""
    networks = tuple(ip_network(text) for text in texts)
    if any(network.prefixlen == 0 for network in networks) or any("%" in text for text in texts):
        raise ValueError("all addresses, or a zone")
    return networks

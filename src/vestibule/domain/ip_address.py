"""Addresses on the internet, in the one form that limits count by."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_LONGEST = 64
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
UNKNOWN = "unknown"


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    # A zone (RFC 4007 section 11) names an interface of ours: it says nothing about the other side.
    plain, zone, _ = text.partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return None if zone else address
    return address.ipv4_mapped or address


def parse(text: str) -> Address | None:
    """The address, an IPv4 one also when it is written as IPv6 (RFC 4291 section 2.5.5.2); None when it is none."""
    return _parsed(text) if len(text) <= _LONGEST else None


def limit_key(text: str) -> str:
    """What limits count by: an IPv4 address, or the /64 that one IPv6 customer has to himself.

    An IPv6 address that stands for an IPv4 one counts as that: its holder would have thousands of networks otherwise
    (6to4, RFC 3056), or share one with everybody (NAT64, RFC 6052; Teredo, RFC 4380).
    """
    return _network(text, 32, 64)


def site_key(text: str) -> str:
    """The network around it that one site may hold: a /24, or the /48 of RFC 6177. It bounds those who have many."""
    return _network(text, 24, 48)


def _network(text: str, v4_bits: int, v6_bits: int) -> str:
    address = parse(text)
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        address = _embedded(address) or address
    bits = v4_bits if isinstance(address, IPv4Address) else v6_bits
    return str(address) if bits == address.max_prefixlen else str(ip_network((address, bits), strict=False))


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else None)

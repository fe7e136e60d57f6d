"""IP addresses, normalised to the keys that rate limits count by."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_LONGEST = 64
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
UNKNOWN = "unknown"


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    # A zone (RFC 4007 section 11) names a local interface and is no part of the client's address.
    plain, zone, _ = text.partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return None if zone else address
    return address.ipv4_mapped or address


def parse(text: str) -> Address | None:
    """Parse an IP address; an IPv4-mapped IPv6 address becomes IPv4 (RFC 4291 section 2.5.5.2). None when invalid."""
    return _parsed(text) if len(text) <= _LONGEST else None


def limit_key(text: str) -> str:
    """Return the key that limits count by: an IPv4 address, or the /64 network that one IPv6 customer has.

    An IPv6 address that embeds an IPv4 one counts as the latter. Otherwise its owner would have thousands of networks
    (6to4, RFC 3056), or share one network with all other users (NAT64, RFC 6052; Teredo, RFC 4380).
    """
    return _network(text, 32, 64)


def site_key(text: str) -> str:
    """Return the surrounding network that one site may have: a /24, or a /48 (RFC 6177).

    Limits on it bound clients that use many addresses.
    """
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

"""Who sent this: the peer, or what a trusted proxy says about it. The only reader of X-Forwarded-For."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from vestibule.http.edge import Network

_MAX_HOPS = 32


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The rightmost address that is not a trusted proxy.

    Anything unclear (a word that is no address, too many hops) means the peer: a check is never skipped.
    """
    here = _parse(peer)
    if here is None:
        return ""
    if not _is_trusted(here, trusted):
        return str(here)
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    if len(hops) > _MAX_HOPS:
        return str(here)
    for hop in reversed(hops):
        address = _parse(hop)
        if address is None:
            return str(here)
        here = address
        if not _is_trusted(address, trusted):
            break
    return str(here)


def limit_key(address: str) -> str:
    """The key that limits count by: an IPv4 address, or the /64 that one IPv6 customer has to himself."""
    found = _parse(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return str(found) if found else "unknown"


@lru_cache(maxsize=4096)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    if "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)

"""The client's IP address: the peer's, or from a trusted proxy the one in X-Forwarded-For or Forwarded, which no other
module reads.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from vestibule.domain.ip_address import Address, parse
from vestibule.http.config import Network

_MAX_HOPS = 32
_MAX_LENGTH = 4096
# A port or an IPv6 address needs quotes (RFC 7239 section 6); obfuscated and unknown nodes are no address.
_NODE = re.compile(
    r'(?P<q>")?(?:(?P<v4>\d{1,3}(?:\.\d{1,3}){3})|(?(q)\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?!)))(?(q)(?::\d{1,5})?")\Z'
)
# Azure's gateways write the port of the client too; an IPv6 address has brackets then.
_WITH_PORT = re.compile(r"(?:([0-9.]{7,15})|\[([0-9A-Fa-f:.]{2,45})\])(?::[0-9]{1,5})?\Z")


def client_address(peer: str, header: str, values: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the rightmost address that is not a trusted proxy's, by the one header that the proxies write.

    Stops at anything unclear (a word that is no address, too many hops), so that the address of a proxy is used: a
    check by address is never skipped. An unreadable `peer` gives the empty string.
    """
    here = parse(peer)
    if here is None:
        return ""
    if not _is_trusted(here, trusted):
        return str(here)
    if sum(map(len, values)) > _MAX_LENGTH:
        return str(here)
    read = _forwarded_hop if header == "forwarded" else _listed_hop
    hops = [read(hop) for line in values for hop in line.split(",")]
    if len(hops) > _MAX_HOPS:
        return str(here)
    for hop in reversed(hops):
        # A zone id has a meaning only on the machine that wrote it (RFC 4007 section 11), so none belongs in a header.
        address = None if "%" in hop else parse(hop)
        if address is None:
            return str(here)
        here = address
        if not _is_trusted(address, trusted):
            break
    return str(here)


def trusted_peers(trusted: Sequence[Network]) -> Callable[[str], bool]:
    """Return a function that tells whether a peer is a trusted proxy. It caches: proxies are few, and ask often."""

    @lru_cache(maxsize=1024)
    def is_trusted(peer: str) -> bool:
        address = parse(peer)
        return address is not None and _is_trusted(address, trusted)

    return is_trusted


def _listed_hop(element: str) -> str:
    """One element of X-Forwarded-For, without its port."""
    hop = element.strip()
    found = _WITH_PORT.match(hop)
    return (found[1] or found[2]) if found else hop


def _forwarded_hop(element: str) -> str:
    """The `for` of one element of Forwarded (RFC 7239 section 4), without port; "" when there is not exactly one."""
    pairs = [pair.strip().partition("=") for pair in element.split(";")]
    found = [value for name, _, value in pairs if name.lower() == "for"]
    node = _NODE.match(found[0]) if len(found) == 1 else None
    return (node["v6"] or node["v4"]) if node else ""


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)

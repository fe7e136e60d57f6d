"""Host names, origins and http addresses in the one spelling that browsers send (URL Standard, UTS 46).

Lower case, international names as `xn--…`, without a final dot or the scheme's own port. What browsers read in several
ways, or not at all, is refused.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import idna

_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)\Z")
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An http or https address: its origin (RFC 6454 section 6.2), and its path without a final slash."""

    origin: str
    path: str


def host(text: str) -> str:
    """Return a host name or IP address (IPv6 in brackets) as browsers send it. Raises ValueError."""
    if text.startswith("[") and text.endswith("]"):
        return f"[{_ipv6(text[1:-1])}]"
    try:
        mapped = idna.uts46_remap(text, std3_rules=False)
        name = ".".join(_label(label) for label in mapped.removesuffix(".").split("."))
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError("a host name such as id.example.com") from error
    if len(name) > 253 or not all(_LABEL.match(label) for label in name.split(".")):
        raise ValueError("a host name such as id.example.com")
    if _NUMBER.match(name.rpartition(".")[2]):
        return str(_ipv4(name))
    return name


def web_address(text: str) -> WebAddress:
    """Parse an http(s) address without user, query and fragment. Raises ValueError."""
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if _UNSEEN.search(text) or not separator or scheme not in _PORTS or any(sign in text for sign in "?#"):
        raise ValueError("an http or https address without query and fragment")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        name, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("an address with a port from 1 to 65535, or none") from error
    if "@" in parts.netloc or not name or port == 0:
        raise ValueError("an address with a host, without a user, and with a port from 1 to 65535, or none")
    shown = "" if port in {None, _PORTS[scheme]} else f":{port}"
    return WebAddress(f"{scheme}://{host(f'[{name}]' if ':' in name else name)}{shown}", parts.path.rstrip("/"))


def _label(label: str) -> str:
    if not label.isascii():
        return "xn--" + label.encode("punycode").decode()
    if label.startswith("xn--"):
        name = label[4:].encode().decode("punycode")
        if name.isascii() or idna.uts46_remap(name, std3_rules=False) != name:
            raise idna.IDNAError(f"{label} is no international name")
    return label


def _ipv4(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError as error:
        raise ValueError("a host name, or an IPv4 address of four decimal numbers, such as 127.0.0.1") from error


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError as error:
        raise ValueError("an IPv6 address in brackets, such as [::1]") from error
    if address.scope_id:
        raise ValueError("an IPv6 address without a zone, such as [::1]")
    if address.ipv4_mapped:
        # Browsers write the embedded IPv4 address in hexadecimal.
        low = int(address) & 0xFFFFFFFF
        return f"::ffff:{low >> 16:x}:{low & 0xFFFF:x}"
    return address.compressed

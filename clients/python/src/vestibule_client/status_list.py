"""A status list: which sessions have ended (IETF Token Status List)."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from vestibule_client.errors import Unavailable
from vestibule_client.issuer import Issuer
from vestibule_client.kept import FIX, Answer
from vestibule_client.transport import NoAnswer

_MOST_BYTES = 1 << 20
_ROUNDING = 1.0  # the times in tokens are whole seconds


@dataclass(frozen=True, slots=True)
class StatusList:
    """A bit for each session, set when it has ended."""

    bits: bytes

    def __contains__(self, place: int) -> bool:
        """Whether the list reaches to this place. Beyond it nothing is known."""
        return 0 <= place < 8 * len(self.bits)

    def has_ended(self, place: int) -> bool:
        """Whether the session at this place has ended; false for a place beyond the list."""
        return place in self and bool(self.bits[place // 8] >> place % 8 & 1)


def place_of(claims: Mapping[str, Any], issuer: str) -> tuple[str, int]:
    """Return the address of the list, and the place in it, that a token of this issuer names.

    Raises Unavailable for a `status` of any other shape: the issuer signed it, so the sender of the token is not at
    fault, and whether the session has ended cannot be known.
    """
    status = claims["status"]
    named = status.get("status_list") if isinstance(status, dict) else None
    uri, place = (named.get("uri"), named.get("idx")) if isinstance(named, dict) else (None, None)
    is_own = isinstance(uri, str) and uri.startswith(f"{issuer}/oauth/status-lists/")
    if not is_own or type(place) is not int or place < 0:
        raise Unavailable("a token that names no status list of this issuer", "whether its session has ended", FIX)
    return str(uri), place


def fetch_list(issuer: Issuer, uri: str) -> Answer[StatusList]:
    """Fetch and verify the list with this address. Raises NoAnswer, AuthError or jwt.InvalidTokenError."""
    token = issuer.transport.get(uri, {"Cache-Control": "no-cache"}).decode("ascii")
    header = jwt.get_unverified_header(token)
    if header.get("typ") != "statuslist+jwt":
        raise NoAnswer(f"something that is no status list from {uri}")
    claims = issuer.decoded(token, issuer.key(str(header.get("kid", "")), wait=True))
    if claims["sub"] != uri or claims["status_list"]["bits"] != 1:
        raise NoAnswer(f"another list than the requested one from {uri}")
    bits = _unpacked(claims["status_list"]["lst"], uri)
    # An instance may have signed it a while ago; by a clock that is late it must not live longer than it was made for.
    left = min(claims["exp"] - claims["iat"], claims["exp"] - issuer.wall() + _ROUNDING)
    return Answer(StatusList(bits), left)


def _unpacked(packed: str, uri: str) -> bytes:
    inflate = zlib.decompressobj()
    bits = inflate.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), _MOST_BYTES)
    if not inflate.eof:
        raise NoAnswer(f"a list that is cut off, or too long, from {uri}")
    return bits

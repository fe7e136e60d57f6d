"""Status lists: one bit for every session, so that those who check tokens offline learn which ones have ended.

The shape is that of the IETF's Token Status List (draft-ietf-oauth-status-list, sections 4 and 5).
"""

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from vestibule.domain.instant import Duration

LIST_SIZE = 1 << 20
_BITS = 8


@dataclass(frozen=True, slots=True)
class StatusPolicy:
    """Where lists are published, and how long (microseconds) a token may outlive what it was issued for."""

    issuer: str
    access_lifetime: Duration

    def address(self, number: int) -> str:
        """The address of a list, as tokens name it."""
        return f"{self.issuer}/oauth/status-lists/{number}"

    def claim(self, index: int) -> dict[str, dict[str, str | int]]:
        """What a token says about its place (section 6.1)."""
        number, place = divmod(index, LIST_SIZE)
        return {"status_list": {"idx": place, "uri": self.address(number)}}


@dataclass(frozen=True, slots=True)
class StatusList:
    """A signed list (`token`), and the state of the database that it tells (`generation`)."""

    token: str
    generation: int


def packed(places: Iterable[int], *, all_ended: bool) -> str:
    """The bits of a list, the lowest place in the lowest bit, compressed (section 4.1)."""
    bits = bytearray(b"\xff" if all_ended else b"\0") * (LIST_SIZE // _BITS)
    for place in places:
        bits[place // _BITS] |= 1 << place % _BITS
    return urlsafe_b64encode(zlib.compress(bits, 9)).rstrip(b"=").decode()

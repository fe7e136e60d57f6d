"""Status lists: one bit per session, by which APIs that verify tokens offline learn which sessions have ended.

The format is the IETF's Token Status List (draft-ietf-oauth-status-list, sections 4 and 5).
"""

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from vestibule.domain.instant import Duration

LIST_SIZE = 1 << 20
_BITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPolicy:
    """The issuer under whose address lists are published, and the lifetime of access tokens (microseconds): for so long
    a token may outlive its session.
    """

    issuer: str
    access_lifetime: Duration

    def address(self, number: int) -> str:
        """Return the URL of a list, as tokens name it."""
        return f"{self.issuer}/oauth/status-lists/{number}"

    def claim(self, index: int) -> dict[str, dict[str, str | int]]:
        """Return the `status` claim for a session's index: the list's URL and the place in it (section 6.1)."""
        number, place = divmod(index, LIST_SIZE)
        return {"status_list": {"idx": place, "uri": self.address(number)}}


@dataclass(frozen=True, slots=True)
class StatusList:
    """A signed list (`token`), and the revocation generation of the database that it reflects."""

    token: str
    generation: int


def packed(places: Iterable[int], *, all_ended: bool) -> str:
    """Return the bits of a list, compressed and in base64url; the lowest place is the lowest bit (section 4.1).

    `places` are the ended sessions; `all_ended` sets every bit.
    """
    bits = bytearray(b"\xff" if all_ended else b"\0") * (LIST_SIZE // _BITS)
    for place in places:
        bits[place // _BITS] |= 1 << place % _BITS
    return urlsafe_b64encode(zlib.compress(bits, 9)).rstrip(b"=").decode()

"""Schemas of the revocation feed; member names are those of the Token Status List draft."""

from msgspec import Struct


class StatusLists(Struct, kw_only=True):
    """The addresses of this issuer's status lists (Token Status List draft, section 9.3)."""

    status_lists: list[str]


class StatusGeneration(Struct, kw_only=True):
    """A number that grows whenever sessions end. With `Accept: text/event-stream`, an event for every change."""

    generation: int

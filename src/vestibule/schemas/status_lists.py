"""The revocation feed; names are those of the Token Status List draft."""

from msgspec import Struct


class StatusLists(Struct, kw_only=True):
    """Where the lists of this issuer are (section 9.3)."""

    status_lists: list[str]


class StatusGeneration(Struct, kw_only=True):
    """A number that grows whenever sessions end. With `Accept: text/event-stream`: an event for each growth."""

    generation: int

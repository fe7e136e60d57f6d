"""Where a request came from: recorded with what it did, shown to its owner."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Device:
    """The client address, what the client says it is, the id of the request, and the cookie by which a browser shows
    that this user signed in there before.
    """

    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    known: str = field(default="", repr=False)

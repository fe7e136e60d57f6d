"""Where a request came from: recorded with what it did, shown to its owner."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """The client address, what the client says it is, and the id of the request."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""

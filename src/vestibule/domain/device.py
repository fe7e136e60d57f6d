"""The device that a request came from: recorded in the audit log and shown to the user."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Device:
    """Client address, User-Agent and id of a request, and the device cookie that it sent (empty: none)."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    cookie: str = field(default="", repr=False)

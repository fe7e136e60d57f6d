"""Readable names of devices, from their user agents."""

from functools import lru_cache

from ua_parser import parse

UNKNOWN = "Unknown device"


@lru_cache(maxsize=2048)
def device_label(user_agent: str) -> str:
    """Return a name such as "Firefox on Windows"; for a program the first word of its user agent; "Unknown device" when
    the user agent is empty.
    """
    if not user_agent:
        return UNKNOWN
    found = parse(user_agent[:512])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent.split("/", 1)[0].split(" ", 1)[0][:40] or UNKNOWN

"""What to call the device behind a user agent."""

from functools import lru_cache

from ua_parser import parse

UNKNOWN = "Unknown device"


@lru_cache(maxsize=2048)
def device_label(user_agent: str) -> str:
    """Such as "Firefox on Windows"; the first word for programs, "Unknown device" when nothing is said."""
    if not user_agent:
        return UNKNOWN
    found = parse(user_agent[:512])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent.split("/", 1)[0].split(" ", 1)[0][:40] or UNKNOWN

"""Readable names of devices, from their user agents."""

from dataclasses import dataclass
from functools import lru_cache

UNKNOWN = "Unknown device"
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class DeviceParts:
    """What a user agent states, each part empty when it does not."""

    browser: str
    system: str
    device: str
    vendor: str
    model: str


@lru_cache(maxsize=2048)
def device_label(user_agent: str) -> str:
    """Return a name such as "Firefox on Windows"; for a program the first word of its user agent; "Unknown device" when
    the user agent is empty.
    """
    if not user_agent:
        return UNKNOWN
    found = device_parts(user_agent)
    if found.browser and found.system:
        return f"{found.browser} on {found.system}"
    return found.browser or found.system or user_agent.split("/", 1)[0].split(" ", 1)[0][:40] or UNKNOWN


def device_parts(user_agent: str) -> DeviceParts:
    """Return the parts of a user agent."""
    from ua_parser import parse  # short commands see no user agent

    found = parse(user_agent[:_LONGEST])
    device = found.device
    return DeviceParts(
        browser=found.user_agent.family if found.user_agent else "",
        system=found.os.family if found.os else "",
        device=device.family if device else "",
        vendor=(device and device.brand) or "",
        model=(device and device.model) or "",
    )

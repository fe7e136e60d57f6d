"""Checks request ids that a proxy in front has chosen."""

import re

_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")


def accepted(value: bytes | None) -> str | None:
    """Return the value of X-Request-Id if it has 8 to 64 letters, digits, `.`, `_` and `-`, else None."""
    return value.decode() if value and _ACCEPTED.match(value) else None

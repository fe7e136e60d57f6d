"""Parser of the further claims of access tokens."""

import re

from vestibule.domain.token import CLAIM_SOURCES, FurtherClaim

# Claims that Vestibule signs itself, those of JWT, RFC 9068 and OpenID Connect that have a meaning for others, and what
# every object of JavaScript has.
_TAKEN = """
    iss sub aud exp nbf iat jti sid client_id auth_time amr acr roles scope status cnf act azp nonce typ
    constructor prototype
"""
_RESERVED = frozenset(_TAKEN.split())
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}\Z")
_MOST = 10


def claims(raw: str) -> tuple[FurtherClaim, ...]:
    """Parse a list of claims, separated by commas: each a source, or its own name and a source (`username:name`)."""
    found = [_claim(item.strip()) for item in raw.split(",") if item.strip()]
    if len({claim.name for claim in found}) < len(found) or len(found) > _MOST:
        raise ValueError(f"at most {_MOST} claims, each once")
    return tuple(found)


def _claim(item: str) -> FurtherClaim:
    name, colon, source = (part.strip() for part in item.partition(":"))
    claim = FurtherClaim(name, source if colon else name)
    if claim.source not in CLAIM_SOURCES:
        raise ValueError(f"claims of {', '.join(CLAIM_SOURCES)}, each alone or after a name and a colon")
    if not _NAME.match(name) or name in _RESERVED:
        raise ValueError("names of letters, digits and _ that access tokens do not have already, unlike sub or roles")
    return claim

"""Names that people choose freely, where a system has no usernames as Vestibule has them."""

import unicodedata

from vestibule.domain.errors import FieldError
from vestibule.services.credentials.identifiers import parse_username

# Control characters, and those that turn the direction of the text around them.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def readable(text: str) -> str:
    """Return a display name without control and format characters, and without space around it."""
    kept = (character for character in text if unicodedata.category(character) not in _UNSEEN)
    return " ".join("".join(kept).split())


def usable(text: str) -> bool:
    """Whether a display name can be a username, too."""
    return not isinstance(parse_username(text), FieldError)

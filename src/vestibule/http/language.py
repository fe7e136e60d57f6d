"""Chooses the language for a new user, by the browser's preferences."""

from vestibule import i18n

_MAX_TAGS = 20


def preferred_language(accept_language: str) -> str | None:
    """Return the best supported language of an Accept-Language header (RFC 9110 section 12.5.4), or None."""
    weighted = []
    for part in accept_language.split(",")[:_MAX_TAGS]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weighted.append((float(quality or 1), tag.partition("-")[0].lower()))
        except ValueError:
            continue
    for weight, primary in sorted(weighted, key=lambda pair: -pair[0]):
        if weight > 0 and primary in i18n.LANGUAGES:
            return primary
    return None

"""Usernames and email addresses: which are accepted, and the canonical form in which they are compared; names."""

import hashlib
import unicodedata
from collections.abc import Mapping

import idna
import precis_i18n

from vestibule.domain.errors import FieldError
from vestibule.domain.shown_text import NAME_LENGTH, parse_line
from vestibule.domain.user import EMAIL_LENGTH, NAMES, USERNAME_LENGTH, Identifier

_USERNAMES = precis_i18n.get_profile("UsernameCaseMapped")
_PUNCTUATION = set("._-+")

USERNAME_SHAPE = FieldError("username_characters", "Use letters, digits and . _ - + only, without spaces.")
USERNAME_SIZE = FieldError("username_length", "Please provide a username with at least 4 and at most 30 characters.")
USERNAME_IS_EMAIL = FieldError("username_is_email", "Username cannot be an email.")
EMAIL_SHAPE = FieldError("email_invalid", "Please provide a valid email.")
USERNAME_TAKEN = FieldError("username_taken", "User with that username already exists")
EMAIL_TAKEN = FieldError("email_taken", "User with that email already exists")
DOMAIN_ERRORS = {
    "disposable": FieldError("email_disposable", "Please use an address that lasts: this one is thrown away soon."),
    "no_mail": FieldError("email_no_mail", "No email can be sent to this domain. Check its spelling."),
}
EMAIL_SIZE = FieldError("email_length", "Please provide an email with at least 3 and at most 256 characters.")


def parse_username(text: str) -> Identifier | FieldError:
    """Parse a username under PRECIS UsernameCaseMapped (RFC 8265 section 3.3); returns the validation error if it is
    not accepted. `@` is reserved for email addresses. Lengths count after normalization (NFC), which some keyboards
    leave to us.
    """
    text = _normalized(text)
    if "@" in text:
        return USERNAME_IS_EMAIL
    shortest, longest = USERNAME_LENGTH
    if not shortest <= len(text) <= longest:
        return USERNAME_SIZE
    try:
        canonical = _USERNAMES.enforce(text)
    except UnicodeEncodeError:
        return USERNAME_SHAPE
    if not _is_plain(canonical) or _mixes_scripts(canonical):
        return USERNAME_SHAPE
    if not shortest <= len(canonical) <= longest:
        return USERNAME_SIZE
    return Identifier(text, canonical)


def parse_email(text: str) -> Identifier | FieldError:
    """Parse an email address in a strict subset of the syntax: no quoted local part, no comment, no address literal.
    Returns the validation error if it is not accepted.

    Email goes to `text`, never to `canonical`; both have the same ASCII domain, but the local part of `canonical` is
    case-folded and normalised (NFKC). Dots and `+tags` stay distinct.
    """
    from email_validator import EmailNotValidError, validate_email  # what takes no address need not wait for it

    text = _normalized(text)
    shortest, longest = EMAIL_LENGTH
    if not shortest <= len(text) <= longest:
        return EMAIL_SIZE
    if any(character in text for character in '"()[]\\<>') or "=?" in text:
        return EMAIL_SHAPE
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, allow_domain_literal=False)
    except (EmailNotValidError, UnicodeError):
        return EMAIL_SHAPE
    domain = found.ascii_domain
    if found.ascii_email is None and not _is_mappable(domain):
        return EMAIL_SHAPE
    local = unicodedata.normalize("NFKC", found.local_part).casefold()
    return Identifier(f"{found.local_part}@{domain}", f"{local}@{domain.lower()}")


def parse_names(typed: Mapping[str, str | None]) -> tuple[dict[str, str | None], dict[str, FieldError]]:
    """Parse the names of a person, by the fields of `User` (NAMES). Returns the names, None for those left empty, and
    the validation errors by the member of the request.
    """
    parsed = {field: parse_line(text or "", *NAME_LENGTH) for field, text in typed.items()}
    names = {field: name or None for field, name in parsed.items() if isinstance(name, str)}
    return names, {NAMES[field]: error for field, error in parsed.items() if isinstance(error, FieldError)}


def canonical_identifier(text: str) -> str:
    """Return the form to look up for a text typed into a sign-in form. A text that cannot be an identifier is often a
    password in the wrong field: only its digest is returned.
    """
    stripped = _normalized(text.strip())
    found = parse_email(stripped) if "@" in stripped else parse_username(stripped)
    if isinstance(found, Identifier):
        return found.canonical
    return "?" + hashlib.sha256(stripped.encode(errors="surrogatepass")).hexdigest()


def _normalized(text: str) -> str:
    """Return the text in NFC, with an ordinary `@` for the wide one that East Asian keyboards type."""
    return unicodedata.normalize("NFC", text).replace("\uff20", "@")


def _is_mappable(domain: str) -> bool:
    try:
        idna.encode(domain, uts46=True)
    except idna.IDNAError:
        return False
    return True


def _is_plain(text: str) -> bool:
    """Return whether the text starts with a letter or digit, has no ASCII punctuation but `. _ - +`, and never three
    combining marks in a row.
    """
    odd = any(c.isascii() and not c.isalnum() and c not in _PUNCTUATION for c in text)
    marks = "".join("m" if unicodedata.combining(c) else " " for c in text)
    return text[:1].isalnum() and not odd and "mmm" not in marks


def _mixes_scripts(text: str) -> bool:
    """Return whether Latin, Greek and Cyrillic letters are mixed: a Cyrillic a must not pass for a Latin one."""
    scripts = {unicodedata.name(c, "").split(" ", 1)[0] for c in text if c.isalpha()}
    return len(scripts & {"LATIN", "GREEK", "CYRILLIC"}) > 1

"""Parser of one mailbox: the sender of all emails."""

import re
import unicodedata

import idna

from vestibule.domain.mail import Mailbox

NO_MAILBOX = Mailbox("", "")
_EXPECTED = 'one mailbox, such as no-reply@example.com or "Example, Inc." <no-reply@example.com>'
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)*(?!\d+\Z){_LABEL}")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# A quoted name, or text that has to be quoted before it is sent; an @ in it would be a second address.
_NAME = re.compile(rf'{_QUOTED}|[^"\\@<>]*')
# A longer name is folded, and email.policy drops the quotes of what it folds: a comma would then make two senders.
_LONGEST_NAME = 60
_LONGEST_LOCAL_PART = 64
_LONGEST_ADDRESS = 254
_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})


def mailbox(raw: str) -> Mailbox:
    """Parse one mailbox (RFC 5322 section 3.4): an address, or a name and an address between angle brackets.

    The name need not be quoted; it is when it is sent. The address is the plain form that every server takes: no quoted
    local part, no comment, no address literal, ASCII before the @; the domain may be an international one and becomes
    ASCII. Raises ValueError with what is expected.
    """
    if any(unicodedata.category(character) in _BREAKS for character in raw):
        raise _refused("without control characters and line breaks")
    text = raw.strip()
    if not text.endswith(">"):
        return Mailbox("", _address(text))
    name, bracket, address = text[:-1].rpartition("<")
    if not bracket:
        raise _refused("with the address between < and >")
    return Mailbox(_name(name.strip()), _address(address.strip()))


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise _refused("with one address only, and a name that is quoted as a whole or not at all")
    unquoted = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
    name = " ".join(unquoted.split())
    if len(re.sub(r'(["\\])', r"\\\1", name)) > _LONGEST_NAME:
        raise _refused(f"with a name of at most {_LONGEST_NAME} characters, quotes and backslashes counted twice")
    return name


def _address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if not _LOCAL_PART.fullmatch(local) or len(local) > _LONGEST_LOCAL_PART:
        raise _refused("with a plain local part of at most 64 ASCII characters before the @")
    if not domain.isascii():
        domain = _in_ascii(domain)
    if not _DOMAIN.fullmatch(domain) or len(local) + 1 + len(domain) > _LONGEST_ADDRESS:
        raise _refused("with a domain name after the @")
    return f"{local}@{domain}"


def _in_ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise _refused("with a domain name after the @") from error


def _refused(rule: str) -> ValueError:
    return ValueError(f"{_EXPECTED}; {rule}")

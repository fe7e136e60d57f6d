"""Checks of well-formed settings with which a server must not start."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from vestibule.domain.database_url import DatabaseUrl, DatabaseUrlError, parse
from vestibule.domain.login import Method
from vestibule.domain.outbound import OutboundRule, TargetRefused, parse_target
from vestibule.settings.groups import Settings
from vestibule.settings.item import PREFIX
from vestibule.settings.links import FIELDS
from vestibule.settings.problems import Problem

EXAMPLE_SECRETS = frozenset(
    {"changeme", "change-me", "secret", "password", "your-secret-key", "example", "development"}
)
MINIMUM_SECRET = 32
STARTING = frozenset({Method.PASSWORD, Method.PASSKEY, Method.EMAIL_LINK, Method.EMAIL_CODE})
CHOOSABLE = (Method.PASSKEY, Method.PASSWORD, Method.EMAIL_CODE, Method.EMAIL_LINK, Method.TOTP, Method.RECOVERY_CODE)
_FEWEST_CONNECTIONS = 3
_MOST_BITS = 24
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def check(settings: Settings) -> list[Problem]:
    """Return the problems of settings that are well formed but with which a server must not start."""
    return [
        *_server_problems(settings),
        *_factor_problems(settings),
        *_mail_problems(settings),
        *_link_problems(settings),
        *_database_problems(settings),
        *_abuse_problems(settings),
        *_proxy_problems(settings),
        *_outbound_problems(settings),
    ]


def _outbound_problems(settings: Settings) -> Iterator[Problem]:
    """The addresses of other services that would be refused at each call."""
    mail, lookup = settings.mail, settings.passwords.breached_lookup
    rule = OutboundRule(settings.server.outbound_networks)
    used = {"BREACHED_LOOKUP": lookup, "RESEND_URL": mail.resend_url if mail.transport == "resend" else ""}
    expected = "an https address of a public host, on port 443 or 8443"
    fix = "If the host is yours, name its network in VESTIBULE_OUTBOUND_NETWORKS, such as 10.20.0.5/32."
    for name, url in used.items():
        if url and not _callable(rule, url):
            yield Problem(PREFIX + name, url, expected, fix)


def _callable(rule: OutboundRule, url: str) -> bool:
    try:
        return not rule.early_refusal(parse_target(url))
    except TargetRefused:
        return False


def _abuse_problems(settings: Settings) -> Iterator[Problem]:
    path, bits = settings.passwords.breached_filter, settings.limits.proof_of_work_bits
    short = [secret for secret in settings.server.accepted_secrets if len(secret) < MINIMUM_SECRET]
    if short:
        fix = "Name whole master secrets: the one before, or the one to come."
        expected = "secrets of 32 or more characters"
        yield Problem("VESTIBULE_SECRET_KEY_ACCEPTED", f"{len(short)} short", expected, fix)
    if path and not Path(path).is_file():
        fix = "Make one with `vestibule passwords build-filter`, or unset it."
        yield Problem("VESTIBULE_BREACHED_FILTER", path, "a file", fix)
    if not 1 <= bits <= _MOST_BITS:
        yield Problem("VESTIBULE_PROOF_OF_WORK_BITS", str(bits), f"1 to {_MOST_BITS}", "Take 16.")


def _proxy_problems(settings: Settings) -> Iterator[Problem]:
    host, domain = urlsplit(settings.server.public_url).hostname or "", settings.proxy.domain
    if domain and not _is_within(host, domain):
        fix = "Name a domain above the host of VESTIBULE_PUBLIC_URL, or leave it out."
        yield Problem("VESTIBULE_FORWARD_AUTH_DOMAIN", domain, f"{host} or a domain above it", fix)


def _factor_problems(settings: Settings) -> Iterator[Problem]:
    factors = settings.factors
    unknown = [name for name in factors.methods if name not in CHOOSABLE]
    if unknown or not STARTING & set(factors.methods):
        expected = f"some of {', '.join(CHOOSABLE)}, and one of {', '.join(sorted(STARTING))} to begin with"
        shown = ",".join(unknown or factors.methods)
        yield Problem("VESTIBULE_LOGIN_METHODS", shown, expected, "Choose among these.")
    host, domain = urlsplit(settings.app_url).hostname or "", factors.passkey_domain
    if domain and not _is_within(host, domain):
        fix = "Name the host of the pages, or a domain above it."
        yield Problem("VESTIBULE_PASSKEY_DOMAIN", domain, f"{host} or a domain above it", fix)


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _server_problems(settings: Settings) -> Iterator[Problem]:
    server, secret = settings.server, settings.server.secret_key
    new = "Run `vestibule secrets new` and set VESTIBULE_SECRET_KEY (or _FILE) to what it prints."
    if not secret:
        yield Problem("VESTIBULE_SECRET_KEY", "nothing", "a secret of 32 or more characters", new)
    elif len(secret) < MINIMUM_SECRET:
        yield Problem("VESTIBULE_SECRET_KEY", f"{len(secret)} characters", "32 or more characters", new)
    elif len(set(secret)) < 10 or any(word in secret.lower() for word in EXAMPLE_SECRETS):
        yield Problem("VESTIBULE_SECRET_KEY", "an example value", "a random secret of your own", new)
    if not server.public_url:
        fix = "Set it to the https address that people type."
        yield Problem("VESTIBULE_PUBLIC_URL", "nothing", "such as https://id.example.com", fix)
    for name, url in (("PUBLIC_URL", server.public_url), ("APP_URL", server.app_url)):
        parts = urlsplit(url)
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            fix = "Put TLS in front and use https://."
            yield Problem(PREFIX + name, url, "https, or http on a loopback name", fix)
    if server.workers < 1:
        yield Problem("VESTIBULE_WORKERS", str(server.workers), "1 or more", "Set it to the number of cores.")


def _is_loopback(host: str) -> bool:
    """Whether a host name never leaves this machine (RFC 6761 section 6.3)."""
    return host in LOOPBACK or host.endswith(".localhost")


def _mail_problems(settings: Settings) -> Iterator[Problem]:
    mail = settings.mail
    if not settings.is_development and mail.transport in {"", "mailbox"}:
        fix = "Set VESTIBULE_MAIL_TRANSPORT to smtp or resend, with VESTIBULE_MAIL_FROM and its server or key."
        yield Problem("VESTIBULE_MAIL_TRANSPORT", mail.transport or "nothing", "smtp or resend", fix)
    needed = {
        "smtp": (("MAIL_FROM", mail.sender.address), ("SMTP_HOST", mail.smtp_host)),
        "resend": (("MAIL_FROM", mail.sender.address), ("RESEND_API_KEY", mail.resend_api_key)),
    }
    for name, value in needed.get(mail.transport, ()):
        if not value:
            yield Problem(PREFIX + name, "nothing", f"a value, for {mail.transport}", f"Set {PREFIX}{name}.")
    if mail.timeout <= 0:
        yield Problem("VESTIBULE_MAIL_TIMEOUT", str(mail.timeout), "more than 0 seconds", "Take 60.")
    if mail.transport == "smtp" and mail.smtp_tls == "none" and mail.smtp_host not in LOOPBACK:
        fix = "Use starttls (port 587) or implicit (port 465)."
        yield Problem("VESTIBULE_SMTP_TLS", "none", "TLS, unless the server is on loopback", fix)


def _link_problems(settings: Settings) -> Iterator[Problem]:
    """The templates that would send tokens to servers other than Vestibule's and the application's."""
    if not settings.server.public_url:
        return
    own = {_origin(settings.server.public_url), _origin(settings.app_url)}
    expected = f"an address at {' or '.join(sorted(own))}, those of VESTIBULE_PUBLIC_URL and VESTIBULE_APP_URL"
    fix = "Correct its scheme, host and port, or set VESTIBULE_APP_URL to the address of your pages."
    for purpose, address in settings.link_templates.items():
        if _origin(address) not in own:
            yield Problem(f"{PREFIX}LINK_{FIELDS[purpose].upper()}", repr(address), expected, fix)


def _origin(address: str) -> str:
    """Return scheme, host and port of an address that a parser has spelled as browsers send it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _database_problems(settings: Settings) -> Iterator[Problem]:
    database = settings.database
    given = {"DATABASE_URL": settings.database_url, "DATABASE_DIRECT_URL": database.direct_url}
    read = [_read(name, text) for name, text in given.items() if text]
    yield from (found for found in read if isinstance(found, Problem))
    addresses = [found for found in read if isinstance(found, DatabaseUrl)]
    if len(addresses) > 1 and any(address.dialect == "sqlite" for address in addresses):
        fix = "Remove VESTIBULE_DATABASE_DIRECT_URL: SQLite has no pooler in front."
        yield Problem("VESTIBULE_DATABASE_DIRECT_URL", addresses[1].redacted, "PostgreSQL on both", fix)
    if database.pool_size < _FEWEST_CONNECTIONS:
        fix = "One follows revocations; give the requests at least two."
        expected = f"{_FEWEST_CONNECTIONS} or more"
        yield Problem("VESTIBULE_DATABASE_POOL_SIZE", str(database.pool_size), expected, fix)


def _read(name: str, text: str) -> DatabaseUrl | Problem:
    try:
        return parse(text)
    except DatabaseUrlError as error:
        return Problem(PREFIX + name, error.got, error.expected, error.fix)

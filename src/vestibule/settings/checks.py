"""Checks of well-formed settings with which a server must not start."""

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
CHOOSABLE = (
    Method.PASSKEY,
    Method.PASSWORD,
    Method.EMAIL_CODE,
    Method.EMAIL_LINK,
    Method.TOTP,
    Method.RECOVERY_CODE,
)
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


def _outbound_problems(settings: Settings) -> list[Problem]:
    """Return the addresses of other services that would be refused at each call."""
    mail, lookup = settings.mail, settings.passwords.breached_lookup
    rule = OutboundRule(settings.server.outbound_networks)
    used = {"BREACHED_LOOKUP": lookup, "RESEND_URL": mail.resend_url if mail.transport == "resend" else ""}
    expected = "an https address of a public host, on port 443 or 8443"
    fix = "If the host is yours, name its network in VESTIBULE_OUTBOUND_NETWORKS, such as 10.20.0.5/32."
    return [
        Problem(PREFIX + name, url, expected, fix) for name, url in used.items() if url and not _callable(rule, url)
    ]


def _callable(rule: OutboundRule, url: str) -> bool:
    try:
        return not rule.early_refusal(parse_target(url))
    except TargetRefused:
        return False


def _abuse_problems(settings: Settings) -> list[Problem]:
    problems, path = [], settings.passwords.breached_filter
    short = [secret for secret in settings.server.accepted_secrets if len(secret) < MINIMUM_SECRET]
    if short:
        fix = "Name whole master secrets: the one before, or the one to come."
        shown = f"{len(short)} short"
        problems.append(Problem("VESTIBULE_SECRET_KEY_ACCEPTED", shown, "secrets of 32 or more characters", fix))
    if path and not Path(path).is_file():
        fix = "Make one with `vestibule passwords build-filter`, or unset it."
        problems.append(Problem("VESTIBULE_BREACHED_FILTER", path, "a file", fix))
    if not 1 <= settings.limits.proof_of_work_bits <= _MOST_BITS:
        shown = str(settings.limits.proof_of_work_bits)
        problems.append(Problem("VESTIBULE_PROOF_OF_WORK_BITS", shown, f"1 to {_MOST_BITS}", "Take 16."))
    return problems


def _proxy_problems(settings: Settings) -> list[Problem]:
    host, domain = urlsplit(settings.server.public_url).hostname or "", settings.proxy.domain
    if not domain or host == domain or host.endswith(f".{domain}"):
        return []
    fix = "Name a domain above the host of VESTIBULE_PUBLIC_URL, or leave it out."
    return [Problem("VESTIBULE_FORWARD_AUTH_DOMAIN", domain, f"{host} or a domain above it", fix)]


def _factor_problems(settings: Settings) -> list[Problem]:
    factors, problems = settings.factors, []
    unknown = [name for name in factors.methods if name not in CHOOSABLE]
    if unknown or not STARTING & set(factors.methods):
        expected = f"some of {', '.join(CHOOSABLE)}, and one of {', '.join(sorted(STARTING))} to begin with"
        shown = ",".join(unknown or factors.methods)
        problems.append(Problem("VESTIBULE_LOGIN_METHODS", shown, expected, "Choose among these."))
    host = urlsplit(settings.app_url).hostname or ""
    domain = factors.passkey_domain
    if domain and host != domain and not host.endswith(f".{domain}"):
        fix = "Name the host of the pages, or a domain above it."
        problems.append(Problem("VESTIBULE_PASSKEY_DOMAIN", domain, f"{host} or a domain above it", fix))
    return problems


def _server_problems(settings: Settings) -> list[Problem]:
    server, problems = settings.server, []
    new = "Run `vestibule secrets new` and set VESTIBULE_SECRET_KEY (or _FILE) to what it prints."
    secret = server.secret_key
    if not secret:
        problems.append(Problem("VESTIBULE_SECRET_KEY", "nothing", "a secret of 32 or more characters", new))
    elif len(secret) < MINIMUM_SECRET:
        problems.append(Problem("VESTIBULE_SECRET_KEY", f"{len(secret)} characters", "32 or more characters", new))
    elif len(set(secret)) < 10 or any(word in secret.lower() for word in EXAMPLE_SECRETS):
        problems.append(Problem("VESTIBULE_SECRET_KEY", "an example value", "a random secret of your own", new))
    if not server.public_url:
        fix = "Set it to the https address that people type."
        problems.append(Problem("VESTIBULE_PUBLIC_URL", "nothing", "such as https://id.example.com", fix))
    for name, url in (("PUBLIC_URL", server.public_url), ("APP_URL", server.app_url)):
        parts = urlsplit(url)
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            problems.append(
                Problem(PREFIX + name, url, "https, or http on a loopback name", "Put TLS in front and use https://.")
            )
    if server.workers < 1:
        problems.append(
            Problem("VESTIBULE_WORKERS", str(server.workers), "1 or more", "Set it to the number of cores.")
        )
    return problems


def _is_loopback(host: str) -> bool:
    """Whether a host name never leaves this machine (RFC 6761 section 6.3)."""
    return host in LOOPBACK or host.endswith(".localhost")


def _mail_problems(settings: Settings) -> list[Problem]:
    mail, problems = settings.mail, []
    if not settings.is_development and mail.transport in {"", "mailbox"}:
        fix = "Set VESTIBULE_MAIL_TRANSPORT to smtp or resend, with VESTIBULE_MAIL_FROM and its server or key."
        problems.append(Problem("VESTIBULE_MAIL_TRANSPORT", mail.transport or "nothing", "smtp or resend", fix))
    needed = {
        "smtp": (("MAIL_FROM", mail.sender.address), ("SMTP_HOST", mail.smtp_host)),
        "resend": (("MAIL_FROM", mail.sender.address), ("RESEND_API_KEY", mail.resend_api_key)),
    }
    for name, value in needed.get(mail.transport, ()):
        if not value:
            problems.append(Problem(PREFIX + name, "nothing", f"a value, for {mail.transport}", f"Set {PREFIX}{name}."))
    if mail.timeout <= 0:
        problems.append(Problem("VESTIBULE_MAIL_TIMEOUT", str(mail.timeout), "more than 0 seconds", "Take 60."))
    if mail.transport == "smtp" and mail.smtp_tls == "none" and mail.smtp_host not in LOOPBACK:
        fix = "Use starttls (port 587) or implicit (port 465)."
        problems.append(Problem("VESTIBULE_SMTP_TLS", "none", "TLS, unless the server is on loopback", fix))
    return problems


def _link_problems(settings: Settings) -> list[Problem]:
    """Return the problems of templates that would send tokens to servers other than Vestibule's and the
    application's.
    """
    if not settings.server.public_url:
        return []
    own = {_origin(settings.server.public_url), _origin(settings.app_url)}
    expected = f"an address at {' or '.join(sorted(own))}, those of VESTIBULE_PUBLIC_URL and VESTIBULE_APP_URL"
    fix = "Correct its scheme, host and port, or set VESTIBULE_APP_URL to the address of your pages."
    return [
        Problem(f"{PREFIX}LINK_{FIELDS[purpose].upper()}", repr(address), expected, fix)
        for purpose, address in settings.link_templates.items()
        if _origin(address) not in own
    ]


def _origin(address: str) -> str:
    """Return scheme, host and port of an address that a parser has spelled as browsers send it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _database_problems(settings: Settings) -> list[Problem]:
    database = settings.database
    problems: list[Problem] = []
    address = _read("DATABASE_URL", settings.database_url, problems)
    direct = _read("DATABASE_DIRECT_URL", database.direct_url, problems) if database.direct_url else None
    if address and direct and "sqlite" in {address.dialect, direct.dialect}:
        fix = "Remove VESTIBULE_DATABASE_DIRECT_URL: SQLite has no pooler in front."
        problems.append(Problem("VESTIBULE_DATABASE_DIRECT_URL", direct.redacted, "PostgreSQL on both", fix))
    if database.pool_size < _FEWEST_CONNECTIONS:
        fix = "One listens for revocations; give the requests at least two."
        expected = f"{_FEWEST_CONNECTIONS} or more"
        problems.append(Problem("VESTIBULE_DATABASE_POOL_SIZE", str(database.pool_size), expected, fix))
    return problems


def _read(name: str, text: str, problems: list[Problem]) -> DatabaseUrl | None:
    try:
        return parse(text)
    except DatabaseUrlError as error:
        problems.append(Problem(PREFIX + name, error.got, error.expected, error.fix))
        return None

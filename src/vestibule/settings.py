"""Configuration: the only reader of the environment.

Every setting stands once, with its default and its sentence; docs/settings.md is generated from here. Faults are
collected and reported together, each with the name, what was given, what is expected and how to fix it.
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from dotenv import dotenv_values

from vestibule.domain.instant import DAY, HOUR, MINUTE, SECOND, Duration
from vestibule.domain.rate_limit import Limit

PREFIX = "VESTIBULE_"
EXAMPLE_SECRETS = frozenset(
    {"changeme", "change-me", "secret", "password", "your-secret-key", "example", "development"}
)
MINIMUM_SECRET = 32
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(\d{1,9})\s*([smhd])\Z")
_LIMIT = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9}\s*[smhd])\Z")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration."""

    name: str
    got: str
    expected: str
    fix: str

    def __str__(self) -> str:
        return f"{self.name}\n  got:       {self.got}\n  expected:  {self.expected}\n  fix:       {self.fix}"


class SettingsError(Exception):
    """The configuration cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def _text(raw: str) -> str:
    return raw


def _count(raw: str) -> int:
    if not re.fullmatch(r"\d{1,9}", raw):
        raise ValueError("a whole number")
    return int(raw)


def _seconds(raw: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", raw):
        raise ValueError("a number of seconds, such as 5 or 0.5")
    return float(raw)


def _duration(raw: str) -> Duration:
    found = _DURATION.match(raw)
    if not found:
        raise ValueError("a number and a unit of s, m, h or d, such as 15m or 7d")
    return int(found[1]) * _UNITS[found[2]]


def _limit(raw: str) -> Limit:
    found = _LIMIT.match(raw)
    if not found or int(found[1]) == 0:
        raise ValueError("how many / in how long, such as 60/15m")
    return Limit("", int(found[1]), _duration(found[2]))


def _list(raw: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in raw.split(",") if item.strip())


def _origins(raw: str) -> tuple[str, ...]:
    for origin in _list(raw):
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
            raise ValueError("origins such as https://app.example.com, separated by commas, without a path")
    return tuple(origin.lower() for origin in _list(raw))


def _url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("an address such as https://id.example.com")
    return raw.rstrip("/")


def _root_url(raw: str) -> str:
    if urlsplit(raw).path not in {"", "/"}:
        raise ValueError("an address without a path, such as https://id.example.com")
    return _url(raw)


def _schema(raw: str) -> str:
    if not _SCHEMA.match(raw):
        raise ValueError("lower-case letters, digits and _, such as vestibule")
    return raw


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(" or ".join(allowed))
        return raw

    return parse


def _setting(
    name: str, default: str | None, help: str, parse: Callable[[str], Any] = _text, *,
    secret: bool = False, also: str = "",
) -> Any:  # fmt: skip
    """A field read from VESTIBULE_<name> (for secrets also from the file that VESTIBULE_<name>_FILE names)."""
    return field(
        metadata={"name": name, "default": default, "help": help, "parse": parse, "secret": secret, "also": also}
    )


Environment = Literal["development", "production"]


@dataclass(frozen=True, slots=True, repr=False)
class ServerSettings:
    """Where it runs and how it is reached."""

    environment: Environment = _setting(
        "ENV", "production", "Set by the command: `dev` is development, everything else production.",
        _choice(*get_args(Environment)),
    )  # fmt: skip
    public_url: str = _setting(
        "PUBLIC_URL", "", "The address people use. Links, issuer, cookies and origin checks come from it alone.",
        _root_url,
    )  # fmt: skip
    app_url: str = _setting(
        "APP_URL", "", "Where the pages live when they are deployed apart; default: the public URL.", _url
    )
    secret_key: str = _setting(
        "SECRET_KEY", "", "The master secret, at least 32 characters; `vestibule secrets new` makes one.", secret=True
    )
    data_dir: str = _setting("DATA_DIR", "data", "Folder for the SQLite file and development files.")
    product: str = _setting("PRODUCT_NAME", "Vestibule", "The name that pages and mails show.")
    host: str = _setting("HOST", "127.0.0.1", "The address to listen on.")
    port: int = _setting("PORT", "8000", "The port to listen on.", _count, also="PORT")
    workers: int = _setting("WORKERS", "1", "Worker processes.", _count)
    trusted_proxies: tuple[str, ...] = _setting(
        "TRUSTED_PROXIES", "", "Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8.", _list
    )
    cors_origins: tuple[str, ...] = _setting(
        "CORS_ORIGINS", "", "Further origins whose pages may call the API, with credentials.", _origins
    )
    body_limit: int = _setting("BODY_LIMIT", "65536", "Largest request body in bytes.", _count)
    log_level: str = _setting(
        "LOG_LEVEL", "info", "Least serious level that is logged.", _choice("debug", "info", "warning", "error")
    )
    metrics_token: str = _setting(
        "METRICS_TOKEN", "", "Bearer token for /metrics; without it the page exists in development only.", secret=True
    )


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseSettings:
    """Where the data is."""

    url: str = _setting(
        "DATABASE_URL", "", "sqlite:///file or postgresql://user:password@host/name; else SQLite in the data folder.",
        secret=True, also="DATABASE_URL",
    )  # fmt: skip
    schema: str = _setting("DATABASE_SCHEMA", "public", "PostgreSQL schema; created when missing.", _schema)
    pool_size: int = _setting("DATABASE_POOL_SIZE", "10", "Most PostgreSQL connections per worker.", _count)
    pool_wait: float = _setting("DATABASE_POOL_WAIT", "5", "Seconds to wait for a connection.", _seconds)
    statement_timeout: float = _setting("DATABASE_STATEMENT_TIMEOUT", "10", "Seconds a statement may take.", _seconds)
    lock_timeout: float = _setting("DATABASE_LOCK_TIMEOUT", "5", "Seconds to wait for a lock.", _seconds)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Sessions and tokens."""

    idle: Duration = _setting("SESSION_IDLE", "7d", "A session ends when it is not used for this long.", _duration)
    absolute: Duration = _setting("SESSION_ABSOLUTE", "30d", "A session ends after this long in any case.", _duration)
    access_token: Duration = _setting("ACCESS_TOKEN_LIFETIME", "15m", "Life of an access token.", _duration)
    refresh_idle: Duration = _setting("REFRESH_TOKEN_IDLE", "7d", "Life of an unused refresh token.", _duration)
    refresh_grace: Duration = _setting(
        "REFRESH_TOKEN_GRACE", "10s", "Losers of a refresh race get the same answer for this long.", _duration
    )
    algorithm: Literal["ES256", "EdDSA"] = _setting(
        "SIGNING_ALGORITHM", "ES256", "Algorithm of new signing keys.", _choice("ES256", "EdDSA")
    )
    key_rotation: Duration = _setting("KEY_ROTATION", "90d", "Signing keys are replaced at this age.", _duration)


@dataclass(frozen=True, slots=True)
class PasswordSettings:
    """How passwords are judged and stored."""

    scheme: Literal["argon2id", "bcrypt"] = _setting(
        "PASSWORD_SCHEME", "argon2id", "How new passwords are hashed; both are always verified.",
        _choice("argon2id", "bcrypt"),
    )  # fmt: skip
    minimum: int = _setting("PASSWORD_MIN_LENGTH", "8", "Shortest password, in characters.", _count)
    argon2_memory_kib: int = _setting("ARGON2_MEMORY_KIB", "19456", "Argon2id memory in KiB.", _count)
    argon2_time: int = _setting("ARGON2_TIME", "2", "Argon2id passes.", _count)
    argon2_parallelism: int = _setting("ARGON2_PARALLELISM", "1", "Argon2id lanes.", _count)
    bcrypt_cost: int = _setting("BCRYPT_COST", "12", "bcrypt cost (rounds = 2^cost).", _count)
    threads: int = _setting("PASSWORD_THREADS", "0", "Hashes at once per worker; 0 means one per core.", _count)
    queue: int = _setting("PASSWORD_QUEUE", "64", "Hashes that may wait; more are answered 503.", _count)


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """Registration and the codes that are mailed."""

    registration: Literal["open", "private"] = _setting(
        "REGISTRATION", "open", "`open` names a taken email (409); `private` answers 202 alike and mails the owner.",
        _choice("open", "private"),
    )  # fmt: skip
    reset_lifetime: Duration = _setting("RESET_LIFETIME", "30m", "Life of a password reset link.", _duration)
    verification_lifetime: Duration = _setting(
        "VERIFICATION_LIFETIME", "10m", "Life of an email verification code and link.", _duration
    )
    code_attempts: int = _setting("CODE_ATTEMPTS", "5", "Guesses at a 6-digit code.", _count)
    attempt_lifetime: Duration = _setting("LOGIN_ATTEMPT_LIFETIME", "10m", "Life of a half-finished login.", _duration)
    keep_sessions: Duration = _setting("KEEP_SESSIONS", "30d", "Ended sessions are kept for this long.", _duration)
    keep_audit: Duration = _setting("KEEP_AUDIT", "365d", "Audit events are kept for this long.", _duration)


@dataclass(frozen=True, slots=True, repr=False)
class MailSettings:
    """How mail leaves."""

    transport: Literal["", "mailbox", "smtp", "resend"] = _setting(
        "MAIL_TRANSPORT", "", "`smtp` or `resend`; `mailbox` keeps mails in the data folder (development only).",
        _choice("", "mailbox", "smtp", "resend"),
    )  # fmt: skip
    sender: str = _setting("MAIL_FROM", "", "Sender, such as Example <no-reply@example.com>.")
    resend_api_key: str = _setting("RESEND_API_KEY", "", "API key for Resend.", secret=True)
    resend_url: str = _setting("RESEND_URL", "https://api.resend.com", "Address of Resend's API.", _url)
    smtp_host: str = _setting("SMTP_HOST", "", "Mail server.")
    smtp_port: int = _setting("SMTP_PORT", "587", "Port of the mail server.", _count)
    smtp_username: str = _setting("SMTP_USERNAME", "", "User name at the mail server.")
    smtp_password: str = _setting("SMTP_PASSWORD", "", "Password at the mail server.", secret=True)
    smtp_tls: Literal["starttls", "implicit", "none"] = _setting(
        "SMTP_TLS", "starttls", "`starttls`, `implicit` (port 465) or `none` (loopback only).",
        _choice("starttls", "implicit", "none"),
    )  # fmt: skip
    timeout: float = _setting("MAIL_TIMEOUT", "15", "Seconds one sending may take.", _seconds)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How often something may be tried."""

    login_address: Limit = _setting("LIMIT_LOGIN_ADDRESS", "60/15m", "Sign-ins from one address.", _limit)
    login_global: Limit = _setting("LIMIT_LOGIN_GLOBAL", "3000/1m", "Sign-ins altogether.", _limit)
    registration: Limit = _setting("LIMIT_REGISTRATION", "20/15m", "Registrations from one address.", _limit)
    codes: Limit = _setting("LIMIT_CODES", "60/15m", "Requests about links and codes from one address.", _limit)
    mail: Limit = _setting("LIMIT_MAIL", "5/1h", "Requested mails to one address.", _limit)
    account_failures: int = _setting("ACCOUNT_FAILURES", "10", "Failures of one account before delays.", _count)
    account_delay: Duration = _setting("ACCOUNT_DELAY", "30s", "First delay; it doubles.", _duration)
    account_delay_max: Duration = _setting("ACCOUNT_DELAY_MAX", "15m", "Longest delay.", _duration)


@dataclass(frozen=True, slots=True)
class Settings:
    """All groups. Made by `load`, never by hand."""

    server: ServerSettings
    database: DatabaseSettings
    sessions: SessionSettings
    passwords: PasswordSettings
    flows: FlowSettings
    mail: MailSettings
    limits: LimitSettings

    @property
    def is_development(self) -> bool:
        """Whether demo users, the mailbox and stack traces exist."""
        return self.server.environment == "development"

    @property
    def database_url(self) -> str:
        """The configured database, or SQLite in the data folder."""
        return self.database.url or f"sqlite:///{Path(self.server.data_dir).absolute() / 'vestibule.db'}"

    @property
    def app_url(self) -> str:
        """Where links in mails go."""
        return self.server.app_url or self.server.public_url


GROUPS: dict[str, Any] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "sessions": SessionSettings,
    "passwords": PasswordSettings,
    "flows": FlowSettings,
    "mail": MailSettings,
    "limits": LimitSettings,
}


def load(overrides: Mapping[str, str] | None = None, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from overrides (names without prefix), the environment and, in development, a .env file.

    Raises SettingsError with every problem at once.
    """
    given = dict(os.environ if environ is None else environ)
    chosen = {PREFIX + name: value for name, value in (overrides or {}).items()}
    if chosen.get(PREFIX + "ENV", given.get(PREFIX + "ENV")) == "development" and environ is None:
        given = {k: v for k, v in dotenv_values(".env").items() if v is not None} | given
    given |= chosen
    problems: list[Problem] = _unknown(given)
    groups = {name: _group(kind, given, problems) for name, kind in GROUPS.items()}
    if problems:
        raise SettingsError(problems)
    settings = Settings(**groups)
    problems.extend(check(settings))
    if problems:
        raise SettingsError(problems)
    return settings


def check(settings: Settings) -> list[Problem]:
    """What is well formed and still must not start."""
    return [*_server_problems(settings), *_mail_problems(settings), *_database_problems(settings)]


def is_configured() -> bool:
    """Whether the environment says how to run in production."""
    return any(os.environ.get(PREFIX + name) for name in ("SECRET_KEY", "SECRET_KEY_FILE"))


def default_port() -> int:
    """The port that PORT or its setting names, else 8000."""
    given = os.environ.get(PREFIX + "PORT") or os.environ.get("PORT") or "8000"
    return int(given) if given.isdecimal() else 8000


def export(overrides: Mapping[str, str]) -> None:
    """Hand overrides to the worker processes that will be started, which inherit the environment."""
    os.environ.update({PREFIX + name: value for name, value in overrides.items()})


def _unknown(given: Mapping[str, str]) -> list[Problem]:
    known = {PREFIX + f.metadata["name"] for kind in GROUPS.values() for f in fields(kind)}
    secrets = {
        PREFIX + f.metadata["name"] + "_FILE" for kind in GROUPS.values() for f in fields(kind) if f.metadata["secret"]
    }
    reserved = {PREFIX + "TEST_DATABASE_URL"}
    problems = []
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known | secrets | reserved:
            near = difflib.get_close_matches(name, known | secrets, n=1)
            fix = f"Did you mean {near[0]}?" if near else "Remove it; docs/settings.md lists all settings."
            problems.append(Problem(name, "a setting that does not exist", "a known setting", fix))
    return problems


def _group(kind: Any, given: Mapping[str, str], problems: list[Problem]) -> Any:
    values = {}
    for item in fields(kind):
        meta = item.metadata
        raw = _raw(meta, given, problems)
        try:
            values[item.name] = meta["parse"](raw) if raw or meta["default"] else _empty(meta)
        except ValueError as error:
            name = PREFIX + meta["name"]
            shown = "a secret value" if meta["secret"] else repr(raw)
            problems.append(Problem(name, shown, str(error), f"Set {name} to a value of that form."))
            values[item.name] = None
    return kind(**values)


def _empty(meta: Mapping[str, Any]) -> Any:
    return () if meta["parse"] in {_list, _origins} else ""


def _raw(meta: Mapping[str, Any], given: Mapping[str, str], problems: list[Problem]) -> str:
    name = PREFIX + meta["name"]
    for key in (name, meta["also"]):
        if key and given.get(key):
            return given[key].strip()
    path = given.get(name + "_FILE") if meta["secret"] else None
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            fix = "Name a readable text file that holds the value."
            problems.append(Problem(name + "_FILE", repr(path), "a readable file", f"{fix} ({type(error).__name__})"))
    default: str = meta["default"]
    return default


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
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            problems.append(
                Problem(PREFIX + name, url, "https, or http on a loopback name", "Put TLS in front and use https://.")
            )
    if server.workers < 1:
        problems.append(
            Problem("VESTIBULE_WORKERS", str(server.workers), "1 or more", "Set it to the number of cores.")
        )
    return problems


def _mail_problems(settings: Settings) -> list[Problem]:
    mail, problems = settings.mail, []
    if not settings.is_development and mail.transport in {"", "mailbox"}:
        fix = "Set VESTIBULE_MAIL_TRANSPORT to smtp or resend, with VESTIBULE_MAIL_FROM and its server or key."
        problems.append(Problem("VESTIBULE_MAIL_TRANSPORT", mail.transport or "nothing", "smtp or resend", fix))
    needed = {"smtp": (("MAIL_FROM", mail.sender), ("SMTP_HOST", mail.smtp_host)),
              "resend": (("MAIL_FROM", mail.sender), ("RESEND_API_KEY", mail.resend_api_key))}  # fmt: skip
    for name, value in needed.get(mail.transport, ()):
        if not value:
            problems.append(Problem(PREFIX + name, "nothing", f"a value, for {mail.transport}", f"Set {PREFIX}{name}."))
    if mail.transport == "smtp" and mail.smtp_tls == "none" and mail.smtp_host not in LOOPBACK:
        fix = "Use starttls (port 587) or implicit (port 465)."
        problems.append(Problem("VESTIBULE_SMTP_TLS", "none", "TLS, unless the server is on loopback", fix))
    return problems


def _database_problems(settings: Settings) -> list[Problem]:
    scheme = settings.database_url.partition("://")[0]
    if scheme in {"sqlite", "postgresql", "postgres"}:
        return []
    expected = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"
    return [Problem("VESTIBULE_DATABASE_URL", f"{scheme}://…", expected, "Use one of these two databases.")]

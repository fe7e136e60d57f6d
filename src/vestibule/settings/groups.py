"""Every setting once, with its default and its sentence; docs/settings.md is generated from here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.rate_limit import Limit
from vestibule.settings import parsers

PREFIX = "VESTIBULE_"


def _setting(
    name: str, default: str | None, help: str, parse: Callable[[str], Any] = parsers.text, *,
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
        parsers.choice(*get_args(Environment)),
    )  # fmt: skip
    public_url: str = _setting(
        "PUBLIC_URL", "", "The address people use. Links, issuer, cookies and origin checks come from it alone.",
        parsers.root_url,
    )  # fmt: skip
    app_url: str = _setting(
        "APP_URL", "", "Where the pages live when they are deployed apart; default: the public URL.", parsers.url
    )
    secret_key: str = _setting(
        "SECRET_KEY", "", "The master secret, at least 32 characters; `vestibule secrets new` makes one.", secret=True
    )
    data_dir: str = _setting("DATA_DIR", "data", "Folder for the SQLite file and development files.")
    product: str = _setting("PRODUCT_NAME", "Vestibule", "The name that pages and mails show.")
    host: str = _setting("HOST", "127.0.0.1", "The address to listen on.")
    port: int = _setting("PORT", "8000", "The port to listen on.", parsers.count, also="PORT")
    workers: int = _setting("WORKERS", "1", "Worker processes.", parsers.count)
    trusted_proxies: tuple[str, ...] = _setting(
        "TRUSTED_PROXIES", "", "Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8.", parsers.networks
    )
    cors_origins: tuple[str, ...] = _setting(
        "CORS_ORIGINS", "", "Further origins whose pages may call the API, with credentials.", parsers.origins
    )
    body_limit: int = _setting("BODY_LIMIT", "65536", "Largest request body in bytes.", parsers.count)
    log_level: str = _setting(
        "LOG_LEVEL", "info", "Least serious level that is logged.", parsers.choice("debug", "info", "warning", "error")
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
    direct_url: str = _setting(
        "DATABASE_DIRECT_URL", "",
        "The same database past PgBouncer, for migrations and listening; says that DATABASE_URL is PgBouncer in "
        "transaction mode.", secret=True,
    )  # fmt: skip
    schema: str = _setting("DATABASE_SCHEMA", "public", "PostgreSQL schema; created when missing.", parsers.schema)
    pool_size: int = _setting(
        "DATABASE_POOL_SIZE", "10", "Most PostgreSQL connections per worker, at least 3.", parsers.count
    )
    pool_wait: float = _setting("DATABASE_POOL_WAIT", "5", "Seconds to wait for a connection.", parsers.seconds)
    statement_timeout: float = _setting(
        "DATABASE_STATEMENT_TIMEOUT", "10", "Seconds a statement may take.", parsers.seconds
    )
    lock_timeout: float = _setting("DATABASE_LOCK_TIMEOUT", "5", "Seconds to wait for a lock.", parsers.seconds)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Sessions and tokens."""

    idle: Duration = _setting(
        "SESSION_IDLE", "7d", "A session ends when it is not used for this long.", parsers.duration
    )
    absolute: Duration = _setting(
        "SESSION_ABSOLUTE", "30d", "A session ends after this long in any case.", parsers.duration
    )
    cache_mib: int = _setting(
        "SESSION_CACHE_MIB", "32", "Memory per worker for checked sessions, in MiB; 0 asks the database each time.",
        parsers.count,
    )  # fmt: skip
    access_token: Duration = _setting("ACCESS_TOKEN_LIFETIME", "15m", "Life of an access token.", parsers.duration)
    refresh_idle: Duration = _setting("REFRESH_TOKEN_IDLE", "7d", "Life of an unused refresh token.", parsers.duration)
    refresh_grace: Duration = _setting(
        "REFRESH_TOKEN_GRACE", "10s", "Losers of a refresh race get the same answer for this long.", parsers.duration
    )
    algorithm: Literal["ES256", "EdDSA"] = _setting(
        "SIGNING_ALGORITHM", "ES256", "Algorithm of new signing keys.", parsers.choice("ES256", "EdDSA")
    )
    key_rotation: Duration = _setting("KEY_ROTATION", "90d", "Signing keys are replaced at this age.", parsers.duration)


@dataclass(frozen=True, slots=True)
class PasswordSettings:
    """How passwords are judged and stored."""

    scheme: Literal["argon2id", "bcrypt"] = _setting(
        "PASSWORD_SCHEME", "argon2id", "How new passwords are hashed; both are always verified.",
        parsers.choice("argon2id", "bcrypt"),
    )  # fmt: skip
    minimum: int = _setting("PASSWORD_MIN_LENGTH", "8", "Shortest password, in characters.", parsers.count)
    argon2_memory_kib: int = _setting("ARGON2_MEMORY_KIB", "19456", "Argon2id memory in KiB.", parsers.count)
    argon2_time: int = _setting("ARGON2_TIME", "2", "Argon2id passes.", parsers.count)
    argon2_parallelism: int = _setting("ARGON2_PARALLELISM", "1", "Argon2id lanes.", parsers.count)
    bcrypt_cost: int = _setting("BCRYPT_COST", "12", "bcrypt cost (rounds = 2^cost).", parsers.count)
    threads: int = _setting(
        "PASSWORD_THREADS", "0", "Hashes at once per worker; 0 shares the cores among the workers.", parsers.count
    )
    queue: int = _setting("PASSWORD_QUEUE", "64", "Hashes that may wait; more are answered 503.", parsers.count)


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """Registration and the codes that are mailed."""

    registration: Literal["open", "private"] = _setting(
        "REGISTRATION", "open", "`open` names a taken email (409); `private` answers 202 alike and mails the owner.",
        parsers.choice("open", "private"),
    )  # fmt: skip
    reset_lifetime: Duration = _setting("RESET_LIFETIME", "30m", "Life of a password reset link.", parsers.duration)
    verification_lifetime: Duration = _setting(
        "VERIFICATION_LIFETIME", "10m", "Life of an email verification code and link.", parsers.duration
    )
    code_attempts: int = _setting("CODE_ATTEMPTS", "5", "Guesses at a 6-digit code.", parsers.count)
    attempt_lifetime: Duration = _setting(
        "LOGIN_ATTEMPT_LIFETIME", "10m", "Life of a half-finished login, and of the mails for it.", parsers.duration
    )
    attempt_steps: int = _setting(
        "LOGIN_ATTEMPT_STEPS", "10", "Proofs that one login may submit, right or wrong.", parsers.count
    )
    deletion_grace: Duration = _setting(
        "DELETION_GRACE", "14d", "A deleted account can be brought back for this long, by its mailed link.",
        parsers.duration,
    )  # fmt: skip
    keep_sessions: Duration = _setting(
        "KEEP_SESSIONS", "30d", "Ended sessions are kept for this long.", parsers.duration
    )
    keep_audit: Duration = _setting(
        "KEEP_AUDIT", "365d", "Audit events are kept for this long; refreshes for REFRESH_TOKEN_IDLE.", parsers.duration
    )


@dataclass(frozen=True, slots=True)
class FactorSettings:
    """Sign-in methods and second factors."""

    methods: tuple[str, ...] = _setting(
        "LOGIN_METHODS", "passkey,password,email_code,email_link,totp,recovery_code",
        "The ways to sign in, in the order in which they are offered.", parsers.words,
    )  # fmt: skip
    mfa: Literal["off", "optional", "required"] = _setting(
        "MFA", "optional",
        "`required` of everybody, `optional`: of those who set it up, `off`: nobody can set up an authenticator app.",
        parsers.choice("off", "optional", "required"),
    )  # fmt: skip
    mfa_roles: tuple[str, ...] = _setting("MFA_ROLES", "", "Roles of which it is required in any case.", parsers.words)
    mfa_from: Instant = _setting(
        "MFA_FROM", "", "Until this date (2027-01-31, UTC) those who have no second factor may put it off.",
        parsers.date,
    )  # fmt: skip
    step_up: Duration = _setting(
        "STEP_UP_WINDOW", "10m", "Sensitive changes need a proof that is not older.", parsers.duration
    )
    trusted_device: Duration = _setting(
        "TRUSTED_DEVICE", "30d", "How long a browser may be remembered instead of a second factor; 0s: never.",
        parsers.duration,
    )  # fmt: skip
    recovery_delay: Duration = _setting(
        "RECOVERY_DELAY", "72h", "Wait before a lost second factor can be removed; 0s: it cannot.", parsers.duration
    )
    passkey_domain: str = _setting(
        "PASSKEY_DOMAIN", "", "The domain that passkeys belong to (RP id); default: the host of the pages."
    )
    passkey_origins: tuple[str, ...] = _setting(
        "PASSKEY_ORIGINS", "", "Further origins whose pages may use them (related origins).", parsers.origins
    )


@dataclass(frozen=True, slots=True, repr=False)
class MailSettings:
    """How mail leaves."""

    transport: Literal["", "mailbox", "smtp", "resend"] = _setting(
        "MAIL_TRANSPORT", "", "`smtp` or `resend`; `mailbox` keeps mails in the data folder (development only).",
        parsers.choice("", "mailbox", "smtp", "resend"),
    )  # fmt: skip
    sender: str = _setting("MAIL_FROM", "", "Sender, such as Example <no-reply@example.com>.")
    resend_api_key: str = _setting("RESEND_API_KEY", "", "API key for Resend.", secret=True)
    resend_url: str = _setting("RESEND_URL", "https://api.resend.com", "Address of Resend's API.", parsers.url)
    smtp_host: str = _setting("SMTP_HOST", "", "Mail server.")
    smtp_port: int = _setting("SMTP_PORT", "587", "Port of the mail server.", parsers.count)
    smtp_username: str = _setting("SMTP_USERNAME", "", "User name at the mail server.")
    smtp_password: str = _setting("SMTP_PASSWORD", "", "Password at the mail server.", secret=True)
    smtp_tls: Literal["starttls", "implicit", "none"] = _setting(
        "SMTP_TLS", "starttls", "`starttls`, `implicit` (port 465) or `none` (loopback only).",
        parsers.choice("starttls", "implicit", "none"),
    )  # fmt: skip
    timeout: float = _setting("MAIL_TIMEOUT", "15", "Seconds one sending may take.", parsers.seconds)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How often something may be tried."""

    login_address: Limit = _setting("LIMIT_LOGIN_ADDRESS", "60/15m", "Sign-ins from one address.", parsers.limit)
    login_global: Limit = _setting("LIMIT_LOGIN_GLOBAL", "3000/1m", "Sign-ins altogether.", parsers.limit)
    registration: Limit = _setting("LIMIT_REGISTRATION", "20/15m", "Registrations from one address.", parsers.limit)
    steps: Limit = _setting("LIMIT_STEPS", "900/15m", "Steps of half-finished logins from one address.", parsers.limit)
    codes: Limit = _setting("LIMIT_CODES", "60/15m", "Requests about links and codes from one address.", parsers.limit)
    mail: Limit = _setting("LIMIT_MAIL", "5/1h", "Requested mails to one address.", parsers.limit)
    account_failures: int = _setting("ACCOUNT_FAILURES", "10", "Failures of one account before delays.", parsers.count)
    account_delay: Duration = _setting("ACCOUNT_DELAY", "30s", "First delay; it doubles.", parsers.duration)
    account_delay_max: Duration = _setting("ACCOUNT_DELAY_MAX", "15m", "Longest delay.", parsers.duration)


@dataclass(frozen=True, slots=True)
class Settings:
    """All groups. Made by `load`, never by hand."""

    server: ServerSettings
    database: DatabaseSettings
    sessions: SessionSettings
    passwords: PasswordSettings
    flows: FlowSettings
    factors: FactorSettings
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
    "factors": FactorSettings,
    "mail": MailSettings,
    "limits": LimitSettings,
}

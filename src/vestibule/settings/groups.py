"""Every setting with its default and its help text; docs/settings.md is generated from here.

The docstring of a group is its heading in that document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from vestibule.domain.access_rule import AccessRule
from vestibule.domain.database_url import sqlite_text
from vestibule.domain.instant import SECOND, Duration, Instant
from vestibule.domain.mail import Mailbox
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.outbound import Network
from vestibule.domain.profile_declaration import parse_declaration
from vestibule.domain.profile_fields import ProfileFields
from vestibule.domain.token import FurtherClaim
from vestibule.settings import parsers
from vestibule.settings.claims import claims
from vestibule.settings.guards import LimitSettings, PasswordSettings
from vestibule.settings.item import setting
from vestibule.settings.links import LinkSettings
from vestibule.settings.mailboxes import mailbox
from vestibule.settings.presets import profiles

Environment = Literal["development", "production"]


@dataclass(frozen=True, slots=True, repr=False)
class ServerSettings:
    """The server: where it runs and how it is reached."""

    environment: Environment = setting(
        "ENV",
        "production",
        "Set by the command: `dev` is development, everything else production.",
        parsers.choice(*get_args(Environment)),
    )
    public_url: str = setting(
        "PUBLIC_URL",
        "",
        "The address people use; with a path when it is mounted in an application (docs/guides/embedded.md). "
        "Links, issuer, cookies and origin checks come from it alone.",
        parsers.public_url,
    )
    app_url: str = setting(
        "APP_URL", "", "Where the pages live when they are deployed apart; default: the public URL.", parsers.url
    )
    secret_key: str = setting(
        "SECRET_KEY", "", "The master secret, at least 32 characters; `vestibule secrets new` makes one.", secret=True
    )
    accepted_secrets: tuple[str, ...] = setting(
        "SECRET_KEY_ACCEPTED",
        "",
        "Further master secrets, between commas, whose tokens and sealed values still count: docs/rotation.md.",
        parsers.words,
        secret=True,
    )
    data_dir: str = setting("DATA_DIR", "data", "Folder for the SQLite file and development files.", parsers.folder)
    product: str = setting("PRODUCT_NAME", "Vestibule", "The name that pages and emails show.")
    host: str = setting("HOST", "127.0.0.1", "The address to listen on.")
    port: int = setting("PORT", "8000", "The port to listen on.", parsers.port, also="PORT")
    workers: int = setting("WORKERS", "1", "Worker processes.", parsers.count)
    stop_delay: int = setting(
        "STOP_DELAY",
        "1",
        "Seconds that a server still answers after SIGTERM, closing one connection after the other, so that a proxy in "
        "front loses no request: docs/deploy.md. 0 in development.",
        parsers.count,
    )
    trusted_proxies: tuple[str, ...] = setting(
        "TRUSTED_PROXIES", "", "Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8.", parsers.networks
    )
    proxy_header: Literal["x-forwarded-for", "forwarded"] = setting(
        "PROXY_HEADER",
        "x-forwarded-for",
        "The one header in which they name the client; the other one is ignored, because any client may send it.",
        parsers.choice("x-forwarded-for", "forwarded"),
    )
    allowed_hosts: tuple[str, ...] = setting(
        "ALLOWED_HOSTS",
        "",
        "Further host names that requests may come under, besides those of the two URLs.",
        parsers.hosts,
    )
    cors_origins: tuple[str, ...] = setting(
        "CORS_ORIGINS",
        "",
        "Further origins whose pages may call the API, with credentials; in development localhost needs no entry.",
        parsers.origins,
    )
    outbound_networks: tuple[Network, ...] = setting(
        "OUTBOUND_NETWORKS",
        "",
        "Networks of your own that Vestibule may call, such as 10.20.0.5/32, and over http too; without any, it calls "
        "public addresses over https alone: docs/security/outbound.md.",
        parsers.outbound_networks,
    )
    compatibility: tuple[str, ...] = setting(
        "COMPATIBILITY",
        "",
        "Reference systems whose own front ends run unchanged, separated by commas: `auth-flow`, `express-guide` (or "
        "`express-guide:list`), `auth-service`; docs/compatibility.md.",
        profiles,
    )
    body_limit: int = setting("BODY_LIMIT", "65536", "Largest request body in bytes.", parsers.count)
    fast_path: Literal["on", "off"] = setting(
        "FAST_PATH",
        "on",
        "Whether cached session checks, forward-auth and introspection are answered before routing. `off`: the "
        "ordinary routes give the same answers, more slowly; to find out whether the fast path causes a fault.",
        parsers.choice("on", "off"),
    )
    log_level: str = setting(
        "LOG_LEVEL", "info", "Least serious level that is logged.", parsers.choice("debug", "info", "warning", "error")
    )
    metrics_token: str = setting(
        "METRICS_TOKEN", "", "Bearer token for /metrics; without it the page exists in development only.", secret=True
    )


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseSettings:
    """The database."""

    url: str = setting(
        "DATABASE_URL",
        "",
        "sqlite:///file or postgresql://user:password@host/name, with signs such as # escaped (%23); else SQLite in "
        "the data folder. docs/deploy.md has the parameters.",
        secret=True,
        also="DATABASE_URL",
    )
    direct_url: str = setting(
        "DATABASE_DIRECT_URL",
        "",
        "The same database past PgBouncer, for migrations and following revocations; says that DATABASE_URL is "
        "PgBouncer in transaction mode.",
        secret=True,
    )
    schema: str = setting("DATABASE_SCHEMA", "public", "PostgreSQL schema; created when missing.", parsers.schema)
    pool_size: int = setting(
        "DATABASE_POOL_SIZE", "10", "Most PostgreSQL connections per worker, at least 3.", parsers.count
    )
    pool_wait: float = setting("DATABASE_POOL_WAIT", "5", "Seconds to wait for a connection.", parsers.seconds)
    statement_timeout: float = setting(
        "DATABASE_STATEMENT_TIMEOUT", "10", "Seconds a statement may take.", parsers.seconds
    )
    lock_timeout: float = setting("DATABASE_LOCK_TIMEOUT", "5", "Seconds to wait for a lock.", parsers.seconds)
    revocations: Literal["notify", "poll"] = setting(
        "REVOCATIONS",
        "notify",
        "How workers on PostgreSQL learn of ended sessions: `notify` by LISTEN and NOTIFY, `poll` by reading a table "
        "ten times a second, for engines without those: docs/scaling.md. With neither is an ended session accepted.",
        parsers.choice("notify", "poll"),
    )


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Sessions and tokens."""

    idle: Duration = setting(
        "SESSION_IDLE", "7d", "A session ends when it is not used for this long.", parsers.duration
    )
    absolute: Duration = setting(
        "SESSION_ABSOLUTE", "30d", "A session ends after this long in any case.", parsers.duration
    )
    cache_mib: int = setting(
        "SESSION_CACHE_MIB",
        "32",
        "Memory per worker for checked sessions and their answers, in MiB; 0 asks the database each time.",
        parsers.count,
    )
    access_token: Duration = setting("ACCESS_TOKEN_LIFETIME", "15m", "Life of an access token.", parsers.duration)
    access_token_claims: tuple[FurtherClaim, ...] = setting(
        "ACCESS_TOKEN_CLAIMS",
        "",
        "Further claims of access tokens for Vestibule's own API, of id, email, username, name and role; "
        "`username:name` gives one another name's value. Every holder of a token can read them.",
        claims,
    )
    refresh_idle: Duration = setting("REFRESH_TOKEN_IDLE", "7d", "Life of an unused refresh token.", parsers.duration)
    refresh_grace: Duration = setting(
        "REFRESH_TOKEN_GRACE",
        "10s",
        "A used refresh token that is sent again within this time (two requests at once, a lost answer) gets the same "
        "successor, unless that was used already; then, and later, its session ends.",
        parsers.duration,
    )
    algorithm: Literal["ES256", "EdDSA"] = setting(
        "SIGNING_ALGORITHM", "ES256", "Algorithm of new signing keys.", parsers.choice("ES256", "EdDSA")
    )
    key_rotation: Duration = setting("KEY_ROTATION", "90d", "Signing keys are replaced at this age.", parsers.duration)


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """Registration, and links and codes sent by email."""

    registration: Literal["open", "private"] = setting(
        "REGISTRATION",
        "open",
        "`open` names a taken email (409); `private` answers 202 alike and emails the owner.",
        parsers.choice("open", "private"),
    )
    pending_lifetime: Duration = setting(
        "PENDING_LIFETIME",
        "7d",
        "In `private` mode: how long a registration waits for its address to be confirmed; then it is removed.",
        parsers.duration,
    )
    disposable_emails: Literal["accept", "refuse"] = setting(
        "DISPOSABLE_EMAILS", "accept", "Whether throw-away mailboxes may register.", parsers.choice("accept", "refuse")
    )
    email_mx: Literal["ignore", "check"] = setting(
        "EMAIL_MX",
        "ignore",
        "`check` refuses domains that accept no email; when a name server does not answer, the address is accepted.",
        parsers.choice("ignore", "check"),
    )
    profile_fields: ProfileFields = setting(
        "PROFILE_FIELDS",
        "",
        "Further fields of a user's profile, asked at registration, such as `plan:choice(free|pro), phone:text:5-30?` "
        "(`?`: optional); docs/profile-fields.md.",
        parse_declaration,
    )
    reset_lifetime: Duration = setting("RESET_LIFETIME", "30m", "Life of a password reset link.", parsers.duration)
    verification_lifetime: Duration = setting(
        "VERIFICATION_LIFETIME", "10m", "Life of an email verification code and link.", parsers.duration
    )
    code_attempts: int = setting("CODE_ATTEMPTS", "5", "Guesses at a 6-digit code.", parsers.count)
    attempt_lifetime: Duration = setting(
        "LOGIN_ATTEMPT_LIFETIME", "10m", "Life of a half-finished login, and of the emails for it.", parsers.duration
    )
    attempt_steps: int = setting(
        "LOGIN_ATTEMPT_STEPS", "10", "Proofs that one login may submit, right or wrong.", parsers.count
    )
    deletion_grace: Duration = setting(
        "DELETION_GRACE",
        "14d",
        "A deleted account can be brought back for this long, by the link in its email.",
        parsers.duration,
    )
    lockdown_reach: Duration = setting(
        "LOCKDOWN_REACH", "30d", "How far back a lockdown takes away passkeys, apps and addresses.", parsers.duration
    )
    keep_sessions: Duration = setting("KEEP_SESSIONS", "30d", "Ended sessions are kept this long.", parsers.duration)
    keep_audit: Duration = setting(
        "KEEP_AUDIT", "365d", "Audit events are kept for this long; refreshes for REFRESH_TOKEN_IDLE.", parsers.duration
    )


@dataclass(frozen=True, slots=True)
class FactorSettings:
    """Sign-in methods and second factors."""

    methods: tuple[str, ...] = setting(
        "LOGIN_METHODS",
        "passkey,password,email_code,email_link,totp,recovery_code",
        "The sign-in methods, in the order in which they are offered.",
        parsers.words,
    )
    mfa: Literal["off", "optional", "required"] = setting(
        "MFA",
        "optional",
        "`required` of every user, `optional`: of users who set it up, `off`: no user can set up an authenticator app.",
        parsers.choice("off", "optional", "required"),
    )
    mfa_roles: tuple[str, ...] = setting("MFA_ROLES", "", "Roles of which it is required in any case.", parsers.words)
    mfa_from: Instant = setting(
        "MFA_FROM",
        "",
        "Until this date (2027-01-31, UTC) those who have no second factor may put it off.",
        parsers.date,
    )
    step_up: Duration = setting(
        "STEP_UP_WINDOW", "10m", "Sensitive changes need a proof that is not older.", parsers.duration
    )
    trusted_device: Duration = setting(
        "TRUSTED_DEVICE",
        "30d",
        "How long a browser may be remembered instead of a second factor; 0s: never.",
        parsers.duration,
    )
    recovery_delay: Duration = setting(
        "RECOVERY_DELAY", "72h", "Wait before a lost second factor can be removed; 0s: it cannot.", parsers.duration
    )
    passkey_domain: str = setting(
        "PASSKEY_DOMAIN",
        "",
        "The domain that passkeys belong to (RP id); default: the host of the pages.",
        parsers.host,
    )
    passkey_origins: tuple[str, ...] = setting(
        "PASSKEY_ORIGINS", "", "Further origins whose pages may use them (related origins).", parsers.origins
    )


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """Hosts protected behind reverse proxies (forward-auth)."""

    rules: tuple[AccessRule, ...] = setting(
        "FORWARD_AUTH",
        "",
        "Who may see what: one rule per line or between `;`, the first that matches decides; docs/forward-auth.md. "
        "Without any, the public URL's own host is for every signed-in user, and all other hosts are denied.",
        parsers.rules,
    )
    domain: str = setting(
        "FORWARD_AUTH_DOMAIN",
        "",
        "The domain whose hosts learn who is signed in (a cookie of its own), such as example.com; empty: only the "
        "host of the public URL.",
        parsers.domain,
    )


@dataclass(frozen=True, slots=True, repr=False)
class MailSettings:
    """How emails are sent."""

    transport: Literal["", "mailbox", "smtp", "resend"] = setting(
        "MAIL_TRANSPORT",
        "",
        "`smtp` or `resend`; `mailbox` keeps emails in the data folder (development only).",
        parsers.choice("", "mailbox", "smtp", "resend"),
    )
    sender: Mailbox = setting(
        "MAIL_FROM",
        "",
        "Sender: one mailbox, such as Example <no-reply@example.com>; a name with a comma may stand without quotes.",
        mailbox,
    )
    resend_api_key: str = setting("RESEND_API_KEY", "", "API key for Resend.", secret=True)
    resend_url: str = setting("RESEND_URL", "https://api.resend.com", "Address of Resend's API.", parsers.url)
    smtp_host: str = setting("SMTP_HOST", "", "Mail server.")
    smtp_port: int = setting("SMTP_PORT", "587", "Port of the mail server.", parsers.port)
    smtp_username: str = setting("SMTP_USERNAME", "", "User name at the mail server.")
    smtp_password: str = setting("SMTP_PASSWORD", "", "Password at the mail server.", secret=True)
    smtp_tls: Literal["starttls", "implicit", "none"] = setting(
        "SMTP_TLS",
        "starttls",
        "`starttls`, `implicit` (port 465) or `none` (loopback only).",
        parsers.choice("starttls", "implicit", "none"),
    )
    timeout: float = setting(
        "MAIL_TIMEOUT",
        "60",
        "Seconds that one try to send an email may take as a whole, from connecting to the last answer.",
        parsers.seconds,
    )
    spread: Duration | None = setting(
        "MAIL_SPREAD",
        "",
        "Emails that an anonymous request caused leave at a random moment within this time, so that the next requests "
        "do not reveal whether one did; default: 2s, in development 0s; at most 1m.",
        parsers.spread,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by group. Created by `load`, never by hand."""

    server: ServerSettings
    database: DatabaseSettings
    sessions: SessionSettings
    passwords: PasswordSettings
    flows: FlowSettings
    factors: FactorSettings
    mail: MailSettings
    links: LinkSettings
    limits: LimitSettings
    proxy: ProxySettings

    @property
    def is_development(self) -> bool:
        """Whether this is development, with demo users, the mailbox and stack traces."""
        return self.server.environment == "development"

    @property
    def stop_delay(self) -> int:
        """Seconds between SIGTERM and the end of the process; 0 in development."""
        return 0 if self.is_development else self.server.stop_delay

    @property
    def mail_spread(self) -> Duration:
        """The time in microseconds within which deferred jobs start; by default 0 in development, so that emails arrive
        at once.
        """
        default = 0 if self.is_development else 2 * SECOND
        return default if self.mail.spread is None else self.mail.spread

    @property
    def database_url(self) -> str:
        """The URL of the configured database, else of a SQLite file in the data folder."""
        return self.database.url or sqlite_text(Path(self.server.data_dir) / "vestibule.db")

    @property
    def app_url(self) -> str:
        """The URL of the application's pages."""
        return self.server.app_url or self.server.public_url

    @property
    def pages_url(self) -> str:
        """The URL of Vestibule's own pages: that of the application's pages, but the public URL once emails lead to
        pages of the operator's own.
        """
        return self.server.public_url if self.links.templates else self.app_url

    @property
    def link_templates(self) -> dict[CodePurpose, str]:
        """The addresses in emails that lead to pages of the operator's own, by purpose, each with one `{token}`."""
        templates = self.links.templates
        return {purpose: self.app_url + text if text[0] == "/" else text for purpose, text in templates.items()}


GROUPS: dict[str, Any] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "sessions": SessionSettings,
    "passwords": PasswordSettings,
    "flows": FlowSettings,
    "factors": FactorSettings,
    "mail": MailSettings,
    "links": LinkSettings,
    "limits": LimitSettings,
    "proxy": ProxySettings,
}


def declared() -> list[Mapping[str, Any]]:
    """Return how each setting is declared, in the order of the documentation."""
    return [item.metadata for kind in GROUPS.values() for item in fields(kind)]

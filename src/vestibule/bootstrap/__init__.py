"""The composition root: the only place that constructs services, adapters and the engine."""

import base64
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from vestibule.adapters.mailbox import MailboxSender
from vestibule.adapters.resend import ResendMailSender
from vestibule.adapters.smtp import SmtpMailSender, SmtpServer
from vestibule.bootstrap import policies
from vestibule.crypto.clock import SystemClock
from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.entropy import SystemEntropy, new_id
from vestibule.crypto.keyring import Keyring
from vestibule.crypto.passwords import PasswordHashes
from vestibule.crypto.sealing import Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.db import url as database_urls
from vestibule.db.connect import engine_for
from vestibule.db.engine import Engine
from vestibule.db.migrations import HEAD
from vestibule.db.postgres import PoolPolicy
from vestibule.db.sqlite import SqliteEngine
from vestibule.db.url import DatabaseUrl
from vestibule.domain.login import LoginPolicy, Method
from vestibule.domain.ports import Clock, Entropy, MailSender
from vestibule.mail.messages import Messages
from vestibule.repositories.unit_of_work import Database
from vestibule.services import Services
from vestibule.services.account import Account
from vestibule.services.administration import Administration
from vestibule.services.audit import AuditLog
from vestibule.services.cache_coherence import Coherence, FileCoherence, LeaseCoherence, NoCache
from vestibule.services.cleanup import Cleanup, RetentionPolicy
from vestibule.services.csrf import Csrf
from vestibule.services.demo import Demo
from vestibule.services.email_challenges import EmailChallenges
from vestibule.services.email_verification import EmailVerification
from vestibule.services.health import Health
from vestibule.services.leases import Leases
from vestibule.services.login import LoginService, MissingSteps, password_is_enough
from vestibule.services.login.method import LoginMethod
from vestibule.services.login.password import PasswordMethod
from vestibule.services.notifications import Notifications
from vestibule.services.one_time_codes import OneTimeCodes
from vestibule.services.outbox import Outbox
from vestibule.services.password_reset import PasswordReset
from vestibule.services.passwords import Passwords
from vestibule.services.rate_limits import RateLimits
from vestibule.services.registration import Registration
from vestibule.services.roles import Roles
from vestibule.services.session_cache import SessionCache
from vestibule.services.session_check import SessionCheck
from vestibule.services.session_touches import SessionTouches
from vestibule.services.sessions import Sessions
from vestibule.services.signing_keys import SigningKeys
from vestibule.services.tokens import Tokens
from vestibule.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What tests may replace by a quiet twin: time, randomness, the way mail leaves, further login methods."""

    clock: Clock = field(default_factory=SystemClock)
    entropy: Entropy = field(default_factory=SystemEntropy)
    mail_sender: MailSender | None = None
    methods: tuple[tuple[str, LoginMethod], ...] = ()
    missing_steps: MissingSteps = password_is_enough


@dataclass(frozen=True, slots=True)
class System:
    """A wired system, not yet connected to its database."""

    services: Services
    database: Database
    engine: Engine
    hashes: PasswordHashes
    clock: Clock
    entropy: Entropy

    def new_request_id(self) -> str:
        """A sortable id for one request."""
        return new_id("req", self.clock.now(), self.entropy)

    async def close(self) -> None:
        """Let go of threads and connections."""
        self.hashes.close()
        await self.services.outbox.close()
        await self.services.session_touches.flush()
        await self.database.close()


def database_url(settings: Settings) -> DatabaseUrl:
    """Where the data is."""
    return database_urls.parse(settings.database_url, settings.database.schema)


def direct_database_url(settings: Settings) -> DatabaseUrl:
    """The same past any pooler: for what lasts longer than a transaction."""
    return database_urls.parse(settings.database.direct_url or settings.database_url, settings.database.schema)


def new_secret() -> str:
    """A fresh master secret: 48 random bytes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(48)).decode()


def development_secret(folder: Path) -> Path:
    """The file with this data folder's master secret, readable by its owner only; made when missing."""
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(new_secret() + "\n", encoding="utf-8")
    return path


def build(settings: Settings, parts: Parts | None = None) -> System:
    """Everything, wired once."""
    return _Builder(settings, parts or Parts()).system()


class _Builder:
    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._clock, self._entropy = parts.clock, parts.entropy
        keyring = Keyring(settings.server.secret_key)
        self._csrf = CsrfTokens(keyring.derive("csrf"), self._entropy)
        self._hasher = TokenHasher(keyring.derive("token-hash"), self._entropy)
        self._mail_sealer = Sealer(keyring.derive("seal-mail"), self._entropy)
        self._key_sealer = Sealer(keyring.derive("seal-signing-key"), self._entropy)
        self._successor_sealer = Sealer(keyring.derive("seal-refresh-successor"), self._entropy)
        pool = settings.database
        policy = PoolPolicy(
            pool.pool_size, pool.pool_wait, pool.statement_timeout, pool.lock_timeout,
            pooled=bool(pool.direct_url), direct_url=direct_database_url(settings).text,
        )  # fmt: skip
        self._engine = engine_for(database_url(settings), policy)
        self._cache_policy = policies.cache_policy(settings)
        self._database = Database(self._engine, self._clock, self._cache_policy.lease)
        self._hashes = PasswordHashes(policies.hash_policy(settings))
        self._mailbox = MailboxSender(Path(settings.server.data_dir) / "mailbox", self._clock)
        self._wire_capabilities()

    def system(self) -> System:
        return System(self._services(), self._database, self._engine, self._hashes, self._clock, self._entropy)

    def _wire_capabilities(self) -> None:
        settings, database, clock, entropy = self._settings, self._database, self._clock, self._entropy
        self._audit = audit = AuditLog(clock, entropy)
        self._limits = limits = RateLimits(database, clock, policies.limit_policy(settings), self._hasher)
        messages = Messages(app_url=settings.app_url, product=settings.server.product)
        self._notifications = Notifications(messages, self._mail_sealer, clock, entropy)
        self._passwords = Passwords(database, self._hashes, limits, policies.password_policy(settings))
        self._codes = OneTimeCodes(database, clock, entropy, self._hasher, self._hashes, policies.code_policy(settings))
        self._challenges = EmailChallenges(self._codes, limits, self._notifications)
        self._touches = SessionTouches(database, policies.session_policy(settings))
        self._sessions = Sessions(
            database, clock, entropy, self._hasher, policies.session_policy(settings), audit, self._touches
        )
        self._keys = SigningKeys(database, clock, entropy, self._key_sealer, policies.key_policy(settings), audit)
        self._tokens = Tokens(
            database, clock, entropy, self._hasher, self._successor_sealer, policies.token_policy(settings), self._keys,
            self._sessions, audit, self._notifications,
        )  # fmt: skip

    def _login(self) -> LoginService:
        password = PasswordMethod(self._database, self._clock, self._passwords, self._audit)
        return LoginService(
            self._database, self._clock, self._entropy, {Method.PASSWORD: password, **dict(self._parts.methods)},
            self._parts.missing_steps, LoginPolicy(self._settings.flows.attempt_lifetime), self._sessions,
            self._tokens, self._limits, self._audit, self._notifications,
        )  # fmt: skip

    def _session_check(self) -> SessionCheck:
        cache = SessionCache(self._clock, self._cache_policy)
        return SessionCheck(
            self._database, self._clock, self._hasher, self._tokens, cache,
            self._coherence(cache), self._touches,
        )  # fmt: skip

    def _coherence(self, cache: SessionCache) -> Coherence:
        engine = self._engine
        if not self._cache_policy.size:
            return NoCache()
        if isinstance(engine, SqliteEngine):
            return FileCoherence(self._database, engine.data_version, cache)
        return LeaseCoherence(self._database, engine.listening, cache, self._clock, self._entropy, self._cache_policy)

    def _services(self) -> Services:
        flows, database, clock, audit = self._settings.flows, self._database, self._clock, self._audit
        passwords, limits, codes = self._passwords, self._limits, self._codes
        challenges, notifications, login = self._challenges, self._notifications, self._login()
        outbox = Outbox(database, clock, self._mail_sealer, self._mail_sender())
        return Services(
            registration=Registration(
                database, clock, self._entropy, flows.registration, passwords, challenges, notifications, audit, login
            ),
            password_reset=PasswordReset(database, clock, codes, passwords, limits, notifications, audit),
            email_verification=EmailVerification(database, clock, codes, challenges, notifications, audit),
            account=Account(
                database, clock, flows.registration, passwords, self._sessions, limits, challenges, notifications, audit
            ),
            administration=Administration(database, clock, audit),
            demo=Demo(database, clock, self._entropy, passwords),
            login=login,
            sessions=self._sessions,
            session_check=self._session_check(),
            session_touches=self._touches,
            tokens=self._tokens,
            signing_keys=self._keys,
            roles=Roles(database, clock, audit),
            csrf=Csrf(self._csrf, self._hasher),
            rate_limits=limits,
            outbox=outbox,
            health=Health(database, clock, outbox, HEAD),
            cleanup=Cleanup(
                database,
                clock,
                RetentionPolicy(flows.keep_sessions, flows.keep_audit, self._settings.sessions.refresh_idle),
            ),
            leases=Leases(database, clock, self._entropy),
            mailbox=self._mailbox.read if self._keeps_mail() else None,
        )

    def _keeps_mail(self) -> bool:
        return self._settings.is_development and self._settings.mail.transport in {"", "mailbox"}

    def _mail_sender(self) -> MailSender:
        mail = self._settings.mail
        if self._parts.mail_sender is not None:
            return self._parts.mail_sender
        if mail.transport == "resend":
            return ResendMailSender(
                api_key=mail.resend_api_key, sender=mail.sender, base_url=mail.resend_url, timeout=mail.timeout
            )
        if mail.transport == "smtp":
            server = SmtpServer(
                mail.smtp_host, mail.smtp_port, mail.smtp_username, mail.smtp_password, mail.smtp_tls, mail.timeout
            )
            return SmtpMailSender(server, mail.sender)
        return self._mailbox

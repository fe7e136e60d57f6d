"""The composition root: the only place that constructs services, adapters and the engine."""

from collections.abc import Mapping
from pathlib import Path

from vestibule.adapters.mailbox import MailboxSender
from vestibule.bootstrap import policies
from vestibule.bootstrap.keys import keys_of
from vestibule.bootstrap.mail import keeps_mail, mail_sender
from vestibule.bootstrap.methods import Capabilities, login_methods
from vestibule.bootstrap.outside import breached_passwords, mail_domains
from vestibule.bootstrap.parts import Parts as Parts
from vestibule.bootstrap.parts import System as System
from vestibule.bootstrap.places import database_url as database_url
from vestibule.bootstrap.places import development_secret as development_secret
from vestibule.bootstrap.places import direct_database_url as direct_database_url
from vestibule.bootstrap.places import new_secret as new_secret
from vestibule.crypto.passwords import PasswordHashes
from vestibule.db.connect import engine_for
from vestibule.db.migrations import HEAD
from vestibule.db.postgres import PoolPolicy
from vestibule.db.sqlite import SqliteEngine
from vestibule.domain.flow_check import FlowConfig
from vestibule.domain.login import Method
from vestibule.mail.messages import Messages
from vestibule.repositories.unit_of_work import Database
from vestibule.services import Services
from vestibule.services.account import Account
from vestibule.services.account_safety import AccountSafety
from vestibule.services.administration import Administration
from vestibule.services.api_keys import ApiKeys
from vestibule.services.api_tokens import ApiTokens
from vestibule.services.audit import AuditLog
from vestibule.services.cache_coherence import Coherence, FileCoherence, LeaseCoherence, NoCache
from vestibule.services.cleanup import Cleanup, RetentionPolicy
from vestibule.services.clients import Clients
from vestibule.services.csrf import Csrf
from vestibule.services.demo import Demo
from vestibule.services.email_challenges import EmailChallenges
from vestibule.services.email_verification import EmailVerification
from vestibule.services.errands import Errand, Errands
from vestibule.services.factor_changes import FactorChanges
from vestibule.services.factor_guesses import FactorGuesses
from vestibule.services.factor_recovery import FactorRecoveries
from vestibule.services.forward_auth import ForwardAuth
from vestibule.services.guides import Guides
from vestibule.services.hash_profiles import HashProfiles
from vestibule.services.health import Health
from vestibule.services.known_devices import KnownDevices
from vestibule.services.leases import Leases
from vestibule.services.login import LoginService
from vestibule.services.login.attempts import Attempts
from vestibule.services.login.finish import Finish
from vestibule.services.login.step_up import StepUp
from vestibule.services.mailed_sign_ins import MailedSignIns
from vestibule.services.notifications import Notifications
from vestibule.services.one_time_codes import OneTimeCodes
from vestibule.services.outbox import Outbox
from vestibule.services.passkeys import Passkeys
from vestibule.services.password_reset import PasswordReset
from vestibule.services.passwords import Passwords
from vestibule.services.pressure import Pressure
from vestibule.services.proof_of_work import ProofOfWork
from vestibule.services.rate_limits import RateLimits
from vestibule.services.recovery_codes import RecoveryCodes
from vestibule.services.registration import Registration
from vestibule.services.restoration import Restoration
from vestibule.services.roles import Roles
from vestibule.services.secret_rotation import SecretRotation
from vestibule.services.session_cache import SessionCache
from vestibule.services.session_check import SessionCheck
from vestibule.services.session_touches import SessionTouches
from vestibule.services.sessions import Sessions
from vestibule.services.sign_in_methods import SignInMethods
from vestibule.services.signing_keys import SigningKeys
from vestibule.services.status_indexes import StatusIndexes
from vestibule.services.status_lists import StatusChanges, StatusLists
from vestibule.services.take_back import TakeBack
from vestibule.services.tokens import Tokens
from vestibule.services.totp import Totp
from vestibule.services.trusted_devices import TrustedDevices
from vestibule.settings import Settings


def build(settings: Settings, parts: Parts | None = None) -> System:
    """Everything, wired once."""
    return _Builder(settings, parts or Parts()).system()


class _Builder:
    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._clock, self._entropy = parts.clock, parts.entropy
        self._secrets = keys_of(settings, self._entropy)
        self._hasher, self._mail_sealer = self._secrets.hasher, self._secrets.mails
        self._known = KnownDevices(self._secrets.devices, self._clock)
        self._breached, self._domains = breached_passwords(settings), mail_domains(settings)
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
        self._assurance = policies.assurance_policy(settings)
        self._wire_capabilities()
        self._wire_factors()

    def system(self) -> System:
        services = self._services()
        flows = FlowConfig(services.login.rules, self._assurance, self._settings.factors.recovery_delay)
        return System(
            services, self._database, self._engine, self._hashes, self._breached, self._clock, self._entropy, flows
        )

    def _wire_capabilities(self) -> None:
        settings, database, clock, entropy = self._settings, self._database, self._clock, self._entropy
        self._audit = audit = AuditLog(clock, entropy)
        self._limits = limits = RateLimits(database, clock, policies.limit_policy(settings), self._hasher)
        messages = Messages(app_url=settings.app_url, product=settings.server.product)
        self._notifications = Notifications(messages, self._mail_sealer, self._hasher, clock, entropy)
        self._errands = Errands(self._mail_sealer, clock, entropy, settings.mail_spread)
        self._pressure = Pressure(database, clock, policies.pressure_policy(settings), audit)
        profiles = HashProfiles(database, clock, self._hashes)
        self._passwords = Passwords(
            database, self._hashes, profiles, limits, self._known, self._pressure, self._breached,
            self._errands, self._notifications, audit, policies.password_policy(settings),
        )  # fmt: skip
        self._codes = OneTimeCodes(database, clock, entropy, self._hasher, self._hashes, policies.code_policy(settings))
        self._challenges = EmailChallenges(self._codes, limits, self._notifications)
        self._touches = SessionTouches(database, policies.session_policy(settings))
        self._take_back = TakeBack(clock)
        self._sessions = Sessions(
            database, clock, entropy, self._hasher, policies.session_policy(settings), self._assurance, audit,
            self._touches, self._take_back, self._notifications, StatusIndexes(database, entropy),
        )  # fmt: skip
        self._keys = SigningKeys(
            database, clock, entropy, self._secrets.signing_keys, policies.key_policy(settings), audit
        )
        self._tokens = Tokens(
            database, clock, entropy, self._hasher, self._secrets.successors, policies.token_policy(settings),
            self._keys, self._sessions, audit, self._notifications,
        )  # fmt: skip

        self._clients = Clients(database, clock, entropy, self._hasher, audit)
        self._api_keys = ApiKeys(database, clock, entropy, self._hasher, audit, self._notifications)
        self._statuses = StatusLists(database, clock, self._keys, policies.token_policy(settings).status)

    def _wire_factors(self) -> None:
        settings, database, clock, entropy = self._settings, self._database, self._clock, self._entropy
        audit, notifications, limits = self._audit, self._notifications, self._limits
        party, given = policies.relying_party(settings), settings.factors
        self._passkeys = Passkeys(database, clock, entropy, party, audit, notifications)
        self._guesses = FactorGuesses(database, limits, self._known, self._errands, notifications, audit)
        self._totp = Totp(database, clock, entropy, self._secrets.seeds, self._guesses, settings.server.product)
        self._recovery_codes = RecoveryCodes(database, clock, entropy, self._hashes, self._guesses)
        self._changes = FactorChanges(database, clock, self._take_back, audit, notifications)
        self._trusted = TrustedDevices(database, clock, entropy, self._hasher, audit, given.trusted_device)
        self._recoveries = FactorRecoveries(
            database, clock, entropy, self._codes, self._take_back, limits, notifications, audit, given.recovery_delay
        )
        self._mailed = MailedSignIns(
            database, clock, self._codes, limits, self._known, self._changes, self._errands, notifications
        )

    def _login(self) -> LoginService:
        have = Capabilities(
            self._database, self._clock, self._audit, self._notifications, self._passwords, self._passkeys, self._totp,
            self._recovery_codes, self._mailed, self._changes, self._recoveries,
        )  # fmt: skip
        methods = login_methods(have, self._assurance, self._settings.factors.methods)
        finish = Finish(
            self._database, self._clock, self._sessions, self._tokens, self._limits, self._known, self._trusted,
            self._audit, self._notifications,
        )  # fmt: skip
        policy = policies.login_policy(self._settings)
        attempts = Attempts(self._database, self._clock, self._entropy, self._hasher, policy)
        return LoginService(
            self._database, self._clock, {**methods, **dict(self._parts.methods)}, self._assurance, attempts,
            self._changes, self._trusted, finish,
        )  # fmt: skip

    def _session_check(self) -> SessionCheck:
        cache = SessionCache(self._clock, self._cache_policy)
        return SessionCheck(
            self._database, self._clock, self._hasher, self._tokens, cache,
            self._coherence(cache), self._touches, self._assurance,
        )  # fmt: skip

    def _coherence(self, cache: SessionCache) -> Coherence:
        engine = self._engine
        if not self._cache_policy.size:
            return NoCache()
        if isinstance(engine, SqliteEngine):
            return FileCoherence(self._database, engine.data_version, cache)
        return LeaseCoherence(self._database, engine.listening, cache, self._clock, self._entropy, self._cache_policy)

    def _services(self) -> Services:
        database, clock, audit = self._database, self._clock, self._audit
        passwords, limits, notifications = self._passwords, self._limits, self._notifications
        login, check = self._login(), self._session_check()
        registration = self._registration(login)
        shared = self._changes, self._errands, notifications, audit
        password_reset = PasswordReset(database, clock, self._codes, passwords, limits, self._take_back, *shared)
        verification = EmailVerification(database, clock, self._codes, self._challenges, *shared)
        outbox = self._outbox(registration, password_reset, verification)
        return Services(
            registration=registration,
            password_reset=password_reset,
            email_verification=verification,
            account=self._account(),
            account_safety=self._account_safety(),
            sign_in_methods=self._sign_in_methods(),
            administration=Administration(database, clock, self._take_back, self._recoveries, audit),
            demo=Demo(database, clock, self._entropy, passwords),
            api_tokens=ApiTokens(database, self._clients, self._tokens, self._api_keys, check, audit),
            clients=self._clients, api_keys=self._api_keys,
            secret_rotation=SecretRotation(database, self._secrets.kept, audit),
            restoration=Restoration(database, clock, audit),
            mailed_sign_ins=self._mailed,
            factor_recoveries=self._recoveries,
            trusted_devices=self._trusted,
            login=login, step_up=StepUp(database, clock, login, passwords, limits, self._known, audit),
            sessions=self._sessions,
            session_check=check,
            forward_auth=self._forward_auth(check),
            session_touches=self._touches,
            tokens=self._tokens,
            signing_keys=self._keys,
            roles=Roles(database, clock, audit),
            status_lists=self._statuses, status_changes=StatusChanges(self._statuses),
            csrf=Csrf(self._secrets.csrf, self._hasher),
            known_devices=self._known, pressure=self._pressure,
            proof_of_work=ProofOfWork(database, self._secrets.puzzles, clock, limits, self._known, self._pressure),
            rate_limits=limits,
            outbox=outbox,
            health=Health(database, clock, outbox, HEAD), guides=Guides(self._settings.server.public_url),
            cleanup=self._cleanup(),
            leases=Leases(database, clock, self._entropy),
            mailbox=self._mailbox.read if keeps_mail(self._settings) else None,
        )  # fmt: skip

    def _forward_auth(self, check: SessionCheck) -> ForwardAuth:
        rules, issuer = policies.access_rules(self._settings), self._settings.server.public_url
        return ForwardAuth(self._clock, self._keys, self._secrets.stamps, check, rules, issuer)

    def _cleanup(self) -> Cleanup:
        flows = self._settings.flows
        refreshes = self._settings.sessions.refresh_idle
        kept = RetentionPolicy(flows.keep_sessions, flows.keep_audit, refreshes, flows.deletion_grace)
        return Cleanup(self._database, self._clock, kept)

    def _outbox(
        self, registration: Registration, password_reset: PasswordReset, verification: EmailVerification
    ) -> Outbox:
        errands: Mapping[str, Errand] = {
            "registration": registration.claim, "password_reset": password_reset.mail_link,
            "verification": verification.mail_code, "sign_in": self._mailed.mail,
            "guessing": self._passwords.tell_owner, "factor_guessing": self._guesses.alert_owner,
        }  # fmt: skip
        sender = self._parts.mail_sender or mail_sender(self._settings, self._mailbox)
        lease = policies.outbox_lease(self._settings)
        return Outbox(self._database, self._clock, self._mail_sealer, sender, errands, lease)

    def _registration(self, login: LoginService) -> Registration:
        flows = self._settings.flows
        return Registration(
            self._database, self._clock, self._entropy, flows.registration, self._passwords, self._domains,
            self._challenges, self._errands, self._notifications, self._audit, login, self._passkeys,
            flows.pending_lifetime,
        )  # fmt: skip

    def _account_safety(self) -> AccountSafety:
        flows = self._settings.flows
        return AccountSafety(
            self._database, self._clock, self._codes, self._take_back, self._notifications, self._audit,
            flows.deletion_grace, flows.lockdown_reach,
        )  # fmt: skip

    def _account(self) -> Account:
        flows = self._settings.flows
        return Account(
            self._database, self._clock, flows.registration, self._passwords, self._sessions, self._take_back,
            self._codes, self._challenges, self._notifications, self._audit, flows.deletion_grace,
        )  # fmt: skip

    def _sign_in_methods(self) -> SignInMethods:
        factors = self._settings.factors
        return SignInMethods(
            self._database, self._clock, self._entropy, self._passkeys, self._totp, self._recovery_codes,
            self._sessions, self._trusted, self._recoveries, self._changes, self._notifications, self._audit,
            totp_allowed=factors.mfa != "off" and Method.TOTP in factors.methods,
        )  # fmt: skip

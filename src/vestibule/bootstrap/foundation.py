"""Builds what every area uses: settings, clock, randomness, keys, the database, and adapters to other services."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vestibule.adapters.mailbox import MailboxSender
from vestibule.bootstrap import policies
from vestibule.bootstrap.adapters import breached_passwords, mail_domains
from vestibule.bootstrap.keys import Keys, keys_of
from vestibule.bootstrap.paths import database_url
from vestibule.crypto.clock import SystemClock
from vestibule.crypto.entropy import SystemEntropy
from vestibule.crypto.passwords import PasswordHashes
from vestibule.db.connect import engine_for
from vestibule.db.sqlite import SqliteEngine
from vestibule.domain.active_session import CachePolicy
from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.ports import BreachedPasswords, Clock, Entropy, MailDomains, MailSender
from vestibule.repositories.unit_of_work import Database
from vestibule.services.login.method import LoginMethod
from vestibule.settings import Settings

if TYPE_CHECKING:
    from vestibule.db.postgres import PostgresEngine


@dataclass(frozen=True, slots=True)
class Overrides:
    """Clock, randomness and mail transport, which tests may replace by fakes; and further login methods."""

    clock: Clock = field(default_factory=SystemClock)
    entropy: Entropy = field(default_factory=SystemEntropy)
    mail_sender: MailSender | None = None
    methods: tuple[tuple[str, LoginMethod], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What the builders of all areas use; built first."""

    settings: Settings
    overrides: Overrides
    clock: Clock
    entropy: Entropy
    keys: Keys
    engine: "PostgresEngine | SqliteEngine"
    database: Database
    hashes: PasswordHashes
    breached: BreachedPasswords
    domains: MailDomains
    mailbox: MailboxSender
    assurance: AssurancePolicy
    cache: CachePolicy


def bare_database(settings: Settings) -> Database:
    """Return the database without anything else: it can be queried whatever else is wrong with the settings.

    Raises DatabaseUrlError.
    """
    engine = engine_for(database_url(settings), policies.pool_policy(settings))
    return Database(engine, Overrides().clock, policies.cache_policy(settings).lease)


def foundation(settings: Settings, overrides: Overrides) -> Foundation:
    """Build the foundation. Nothing is connected yet."""
    clock, entropy = overrides.clock, overrides.entropy
    engine = engine_for(database_url(settings), policies.pool_policy(settings))
    cache = policies.cache_policy(settings)
    return Foundation(
        settings=settings,
        overrides=overrides,
        clock=clock,
        entropy=entropy,
        keys=keys_of(settings, entropy),
        engine=engine,
        database=Database(engine, clock, cache.lease),
        hashes=PasswordHashes(policies.hash_policy(settings)),
        breached=breached_passwords(settings),
        domains=mail_domains(settings),
        mailbox=MailboxSender(Path(settings.server.data_dir) / "mailbox", clock),
        assurance=policies.assurance_policy(settings),
        cache=cache,
    )

"""The unit of work: everything written in it is committed together, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cached_property
from types import TracebackType
from typing import TypeVar

from vestibule.db.engine import Connection, Engine, Listener
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import Duration
from vestibule.domain.ports import Clock
from vestibule.domain.schema_version import SchemaVersion
from vestibule.repositories.api_keys import ApiKeys
from vestibule.repositories.apis import Apis
from vestibule.repositories.audit_events import AuditEvents
from vestibule.repositories.clients import Clients
from vestibule.repositories.credentials import Credentials
from vestibule.repositories.factor_recoveries import FactorRecoveries
from vestibule.repositories.families import Families
from vestibule.repositories.hash_profiles import HashProfiles
from vestibule.repositories.leases import Leases
from vestibule.repositories.login_attempts import LoginAttempts
from vestibule.repositories.one_time_codes import OneTimeCodes
from vestibule.repositories.outbox import Outbox
from vestibule.repositories.rate_limits import RateLimits
from vestibule.repositories.refresh_tokens import RefreshTokens
from vestibule.repositories.restore_cutoff import RestoreCutoffs
from vestibule.repositories.revocations import Revocations
from vestibule.repositories.revoked_tokens import RevokedTokens
from vestibule.repositories.roles import Roles
from vestibule.repositories.sealed_values import SealedValues
from vestibule.repositories.sessions import Sessions
from vestibule.repositories.sign_in_tallies import SignInTallies
from vestibule.repositories.sign_ins import SignIns
from vestibule.repositories.signing_keys import SigningKeys
from vestibule.repositories.status_indexes import StatusIndexes
from vestibule.repositories.trusted_devices import TrustedDevices
from vestibule.repositories.users import Users

__all__ = ["Connection", "Database", "Listener", "UnitOfWork"]

T = TypeVar("T")

_FIRST_LOOK_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 0.02
_DRIFT = 10  # clocks of two machines may differ in speed; far less than by a tenth
_HAS_TABLE = {
    "sqlite": "SELECT 1 AS found FROM sqlite_master WHERE name = $1",
    "postgresql": "SELECT 1 AS found WHERE to_regclass($1) IS NOT NULL",
}


# A repository is made when a unit of work first uses it.
def _plain(kind: Callable[[Connection], T]) -> "cached_property[T]":
    return cached_property(lambda work: kind(work.connection))


def _revoking(kind: Callable[[Connection, set[str]], T]) -> "cached_property[T]":
    return cached_property(lambda work: kind(work.connection, work.revoked))


class UnitOfWork:
    """One transaction (or one reading connection) with every repository on it.

    `revoked` collects the ids (of users, sessions, API keys, clients) about which cached answers become invalid with
    the commit.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.revoked: set[str] = set()

    users = _revoking(Users)
    sessions = _revoking(Sessions)
    sign_ins = _plain(SignIns)
    families = _plain(Families)
    refresh_tokens = _plain(RefreshTokens)
    one_time_codes = _plain(OneTimeCodes)
    login_attempts = _plain(LoginAttempts)
    credentials = _plain(Credentials)
    apis = _revoking(Apis)
    clients = _revoking(Clients)
    api_keys = _revoking(ApiKeys)
    revoked_tokens = _revoking(RevokedTokens)
    status_indexes = _plain(StatusIndexes)
    trusted_devices = _plain(TrustedDevices)
    factor_recoveries = _plain(FactorRecoveries)
    rate_limits = _plain(RateLimits)
    hash_profiles = _plain(HashProfiles)
    sign_in_tallies = _plain(SignInTallies)
    sealed_values = _plain(SealedValues)
    restore_cutoff = _revoking(RestoreCutoffs)
    audit_events = _plain(AuditEvents)
    signing_keys = _plain(SigningKeys)
    roles = _revoking(Roles)
    outbox = _plain(Outbox)
    leases = _plain(Leases)
    revocations = _plain(Revocations)


class _Reading:
    """A unit of work for SELECTs. A class, not a generator, because it is entered for every session check."""

    __slots__ = ("_connecting",)

    def __init__(self, connecting: AbstractAsyncContextManager[Connection]) -> None:
        self._connecting = connecting

    async def __aenter__(self) -> UnitOfWork:
        return UnitOfWork(await self._connecting.__aenter__())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connecting.__aexit__(kind, error, trace)


class Database:
    """Opens units of work. `mail_waiting` is set when a commit has queued an email or a deferred job.

    `lease`: how long a worker may trust its session cache without news from the database, in microseconds.
    """

    def __init__(self, engine: Engine, clock: Clock, lease: Duration) -> None:
        self._engine = engine
        self._clock = clock
        self._lease = lease
        self.mail_waiting = asyncio.Event()

    @property
    def is_across_a_network(self) -> bool:
        """Whether a statement costs a round trip, so that batching several lookups into one pays."""
        return self._engine.dialect == "postgresql"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[UnitOfWork]:
        """Open a transaction: it commits when the block ends and rolls back when it raises.

        When it revoked something, the block is left only once no worker can use a cache entry from before the commit.
        """
        generation = 0
        async with self._engine.transaction() as connection:
            work = UnitOfWork(connection)
            yield work
            if work.revoked:
                generation = await work.revocations.publish(work.revoked, notify=self._engine.notifies)
        if work.outbox.has_new:
            self.mail_waiting.set()
        # On SQLite every session check compares the file's version first, so there is no worker to wait for.
        if generation and self._engine.dialect == "postgresql":
            await self._confirmed(generation)

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[UnitOfWork]:
        """Open a unit of work for a single statement, without BEGIN and COMMIT on PostgreSQL (one round trip).

        Raises RuntimeError after a revocation: that needs `writing`, where it gets a generation in its transaction.
        """
        autocommits = self._engine.dialect == "postgresql"
        async with self._engine.reading() if autocommits else self._engine.transaction() as connection:
            work = UnitOfWork(connection)
            yield work
            if work.revoked:
                raise RuntimeError(f"use writing(): this revokes {sorted(work.revoked)}")

    def reading(self) -> "_Reading":
        """Open a unit of work for SELECTs only."""
        return _Reading(self._engine.reading())

    async def schema_version(self) -> SchemaVersion:
        """Return the version of the schema. Raises DatabaseUnavailable when the database is down."""
        revision = await self._only_value("alembic_version", "version_num")
        return SchemaVersion(revision, await self._only_value("schema_compatibility", "oldest_code"))

    async def probe(self) -> None:
        """Check that a write would succeed now, and leave nothing written. Raises DatabaseUnavailable when the database
        is down or read-only, or its disk is full.
        """
        await self._engine.probe()

    async def open(self) -> None:
        """Open the engine; called once per process."""
        await self._engine.open()

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.close()

    async def _only_value(self, table: str, column: str) -> str | None:
        """Return the value of a table of one row; None when there is no such table."""
        async with self._engine.reading() as connection:
            if await connection.one(_HAS_TABLE[self._engine.dialect], table) is None:
                return None
            row = await connection.one(f"SELECT {column} AS value FROM {table}")
        return None if row is None else str(row["value"])

    async def _confirmed(self, generation: int) -> None:
        """Wait until every registered worker has confirmed this generation, or the leases of the others have lapsed."""
        lapsed = self._clock.monotonic() + self._lease + self._lease // _DRIFT
        pause = _FIRST_LOOK_SECONDS
        while self._clock.monotonic() < lapsed:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            with suppress(DatabaseUnavailable):
                async with self.reading() as work:
                    if not await work.revocations.has_unconfirmed(generation):
                        return
        with suppress(DatabaseUnavailable):
            async with self._engine.transaction() as connection:
                await UnitOfWork(connection).revocations.drop_unconfirmed(generation)

"""The unit of work: everything inside is committed together, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vestibule.db.engine import Connection, Engine
from vestibule.repositories.audit_events import AuditEvents
from vestibule.repositories.leases import Leases
from vestibule.repositories.login_attempts import LoginAttempts
from vestibule.repositories.one_time_codes import OneTimeCodes
from vestibule.repositories.outbox import Outbox
from vestibule.repositories.rate_limits import RateLimits
from vestibule.repositories.refresh_tokens import RefreshTokens
from vestibule.repositories.roles import Roles
from vestibule.repositories.sessions import Sessions
from vestibule.repositories.signing_keys import SigningKeys
from vestibule.repositories.users import Users

_HAS_TABLES = {
    "sqlite": "SELECT 1 AS found FROM sqlite_master WHERE name = 'alembic_version'",
    "postgresql": "SELECT 1 AS found WHERE to_regclass('alembic_version') IS NOT NULL",
}


class UnitOfWork:
    """One transaction (or one reading connection) with every repository on it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.users = Users(connection)
        self.sessions = Sessions(connection)
        self.refresh_tokens = RefreshTokens(connection)
        self.one_time_codes = OneTimeCodes(connection)
        self.login_attempts = LoginAttempts(connection)
        self.rate_limits = RateLimits(connection)
        self.outbox = Outbox(connection)
        self.audit_events = AuditEvents(connection)
        self.signing_keys = SigningKeys(connection)
        self.roles = Roles(connection)
        self.leases = Leases(connection)


class Database:
    """Opens units of work. `mail_waiting` is set when a commit has left mail to send."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.mail_waiting = asyncio.Event()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[UnitOfWork]:
        """A transaction: commits when the block ends, rolls back when it raises."""
        async with self._engine.transaction() as connection:
            work = UnitOfWork(connection)
            yield work
        if work.outbox.has_new:
            self.mail_waiting.set()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """For SELECTs only."""
        async with self._engine.reading() as connection:
            yield UnitOfWork(connection)

    async def revision(self) -> str | None:
        """The schema revision, None without tables. Raises DatabaseUnavailable when the database does not answer."""
        async with self._engine.reading() as connection:
            if await connection.one(_HAS_TABLES[self._engine.dialect]) is None:
                return None
            row = await connection.one("SELECT version_num FROM alembic_version")
        return None if row is None else str(row["version_num"])

    async def open(self) -> None:
        """Connect."""
        await self._engine.open()

    async def close(self) -> None:
        """Disconnect."""
        await self._engine.close()

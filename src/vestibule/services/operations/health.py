"""Health: whether everything is there that a request needs."""

import asyncio
from dataclasses import dataclass

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import MINUTE, SECOND, Duration
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.operations.secret_check import SecretCheck
from vestibule.services.records.outbox import Outbox

_OUTBOX_LATE = 10 * MINUTE
# Many probes may ask at once and every second: a write is tried, and a key opened, at most this often.
_PROBE_EVERY: Duration = 5 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What a readiness check found. Everything but the outbox decides readiness; a late outbox is reported, but
    requests still work.

    `migrations`: this code may use the schema. `writes`: the database takes writes. `secret`: the master secret is that
    of this database. `staying`: the worker is not draining. What could not be looked at counts as false.
    """

    staying: bool
    database: bool = False
    migrations: bool = False
    writes: bool = False
    secret: bool = False
    outbox_age_seconds: int = 0
    outbox_late: bool = False
    dead_letters: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served."""
        return self.database and self.migrations and self.writes and self.secret and self.staying


class Health:
    """Reports the state of the service, and changes nothing."""

    def __init__(self, database: Database, clock: Clock, outbox: Outbox, secret: SecretCheck, head: str) -> None:
        """`head`: the revision of the schema that this code belongs to."""
        self._database = database
        self._clock = clock
        self._outbox = outbox
        self._secret = secret
        self._head = head
        self._staying = True
        self._started = clock.monotonic()
        self._probing = asyncio.Lock()
        self._probed_at: Duration | None = None
        self._writes = False
        self._secret_serves = False

    def drain(self) -> None:
        """Report this worker as not ready from now on: it is about to stop, and a load balancer is to send requests
        elsewhere.
        """
        self._staying = False

    def uptime(self) -> Duration:
        """Return for how long this process has been running, in microseconds."""
        return self._clock.monotonic() - self._started

    async def readiness(self) -> Readiness:
        """Return what works at this moment; whether writes and the secret do, as of the last few seconds."""
        try:
            if not (await self._database.schema_version()).serves(self._head):
                return Readiness(database=True, staying=self._staying)
            await self._probe()
            state = await self._outbox.state()
        except DatabaseUnavailable:
            return Readiness(staying=self._staying)
        age = 0 if state.oldest_pending_at is None else self._clock.now() - state.oldest_pending_at
        return Readiness(
            database=True,
            migrations=True,
            writes=self._writes,
            secret=self._secret_serves,
            staying=self._staying,
            outbox_age_seconds=age // SECOND,
            outbox_late=age > _OUTBOX_LATE,
            dead_letters=state.dead,
        )

    async def live_sessions(self) -> int:
        """Return how many sessions are active right now."""
        async with self._database.reading() as work:
            return await work.sessions.count_active(self._clock.now())

    async def _probe(self) -> None:
        """Try a write and the secret, unless that was done a moment ago. Raises DatabaseUnavailable."""
        async with self._probing:
            now = self._clock.monotonic()
            if self._probed_at is not None and now - self._probed_at < _PROBE_EVERY:
                return
            self._secret_serves = await self._secret.serves()
            self._writes = await self._takes_writes()
            self._probed_at = now

    async def _takes_writes(self) -> bool:
        try:
            await self._database.probe()
        except DatabaseUnavailable:
            return False
        return True

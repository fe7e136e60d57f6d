"""Sends queued emails and runs deferred jobs: at least once, with back-off, with dead letters instead of silence."""

import asyncio
import json
from collections.abc import Mapping

from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.instant import HOUR, MINUTE, SECOND, Duration
from vestibule.domain.mail import Mail, OutboxItem, OutboxKind, OutboxState
from vestibule.domain.ports import Clock, MailRefused, MailSender
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.deferred_jobs import JobHandler, opened

_BATCH = 20
_ERROR_LENGTH = 300
_FLUSH_ROUNDS = 100
_FLUSH_PAUSE_SECONDS = 0.02
# The waits between tries, from seconds to hours: a provider's bad day loses nothing; after a day an item is given up.
BACKOFF: tuple[Duration, ...] = (
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
)


class Outbox:
    """Sends emails and runs jobs from the queue that all workers share: one conditional UPDATE leases an item before it
    is sent.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        sender: MailSender,
        handlers: Mapping[DeferredJob, JobHandler],
        lease: Duration,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._sender = sender
        self._handlers = handlers
        self._lease = lease

    async def send_due(self) -> int:
        """Send every email and run every job that is due. Returns how many were tried."""
        tried = 0
        while ids := await self._due():
            before = tried
            for item_id in ids:
                # Claimed one by one: when a worker is killed, only one item has to wait for its lease to lapse.
                if item := await self._claim(item_id):
                    await self._send(item)
                    tried += 1
            if tried == before:
                break
        return tried

    async def pause(self, most: Duration) -> Duration:
        """Return how long until the next item is due (microseconds); `most` when none is within that time."""
        now = self._clock.now()
        async with self._database.reading() as work:
            due_at = await work.outbox.next_due_at(now)
        return most if due_at is None else min(most, due_at - now)

    async def flush(self) -> None:
        """Send what is due, and wait a moment for what other tasks or workers are sending right now."""
        for _ in range(_FLUSH_ROUNDS):
            await self.send_due()
            async with self._database.reading() as work:
                if not await work.outbox.is_busy(self._clock.now()):
                    return
            await asyncio.sleep(_FLUSH_PAUSE_SECONDS)

    async def close(self) -> None:
        """Close the connections of the mail transport."""
        await self._sender.close()

    async def state(self) -> OutboxState:
        """Return how many items wait, how many were given up, and since when the oldest waits."""
        async with self._database.reading() as work:
            return await work.outbox.state()

    async def _due(self) -> list[str]:
        async with self._database.reading() as work:
            return list(await work.outbox.due(self._clock.now(), _BATCH))

    async def _claim(self, item_id: str) -> OutboxItem | None:
        now = self._clock.now()
        async with self._database.autocommit() as work:
            return await work.outbox.claim(item_id, now, now + self._lease)

    async def _send(self, item: OutboxItem) -> None:
        try:
            payload = self._sealer.unseal(item.payload_sealed or "", row=item.id)
            if item.kind is OutboxKind.DEFERRED_JOB:
                await self._handlers[DeferredJob(item.name)](*opened(payload))
            else:
                await self._sender.send(Mail(**json.loads(payload)), idempotency_key=item.id)
        except (MailRefused, CannotUnseal) as error:
            await self._failed(item, error, final=True)
        except Exception as error:  # noqa: BLE001 - whatever a provider does, the email stays in the queue
            await self._failed(item, error, final=item.attempts > len(BACKOFF))
        else:
            async with self._database.autocommit() as work:
                await work.outbox.sent(item.id, self._clock.now())

    async def _failed(self, item: OutboxItem, error: Exception, *, final: bool) -> None:
        now = self._clock.now()
        reason = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
        async with self._database.autocommit() as work:
            if final:
                await work.outbox.give_up(item.id, reason, now)
            else:
                await work.outbox.retry(item.id, reason, now + BACKOFF[item.attempts - 1])

"""Sends queued emails and runs deferred jobs: at least once, with back-off, with dead letters instead of silence."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vestibule.crypto.sealing import Sealer
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.instant import HOUR, MINUTE, SECOND, Duration
from vestibule.domain.mail import Mail, OutboxItem, OutboxKind, OutboxState, SendingPolicy
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock, MailRefused, MailSender
from vestibule.observability.logs import get_logger
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.deferred_jobs import JobHandler, opened

_log = get_logger("outbox")
# Answers of mail servers name the recipient, whose address has no place in a log or beside a row without its content.
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_BATCH = 20
_ERROR_LENGTH = 300
_FLUSH_ROUNDS = 100
_FLUSH_PAUSE_SECONDS = 0.02
# The waits between tries, from seconds to hours: a provider's bad day loses nothing; after a day an item is given up.
# Servers that greylist take an email after five minutes as a rule, and a code lives for ten: one try is in between.
BACKOFF: tuple[Duration, ...] = (
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    3 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
)


@dataclass(eq=False, repr=False)
class Outbox:
    """Sends emails and runs jobs from the queue that all workers share: one conditional UPDATE leases an item before it
    is sent, and a try ends before its lease does.
    """

    _database: Database
    _clock: Clock
    _sealer: Sealer
    _sender: MailSender
    _handlers: Mapping[DeferredJob, JobHandler]
    _policy: SendingPolicy

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
        """Return how many items wait, how many were given up or dropped, and since when the oldest waits."""
        async with self._database.reading() as work:
            return await work.outbox.state()

    async def _due(self) -> list[str]:
        async with self._database.reading() as work:
            return list(await work.outbox.due(self._clock.now(), _BATCH))

    async def _claim(self, item_id: str) -> OutboxItem | None:
        now = self._clock.now()
        async with self._database.autocommit() as work:
            return await work.outbox.claim(item_id, now, now + self._policy.lease)

    async def _send(self, item: OutboxItem) -> None:
        try:
            async with asyncio.timeout(self._policy.limit / SECOND):
                senseless = await self._process(item)
        except MailRefused as error:
            await self._give_up(item, error)
        except Exception as error:  # noqa: BLE001 - whatever a provider does, the email stays in the queue
            await self._failed(item, error)
        except asyncio.CancelledError:
            # This worker stops. Another one need not wait for a lease that is as long as the longest sending.
            async with self._database.autocommit() as work:
                await work.outbox.retry(item, "broken off: the worker stopped", self._clock.now())
            raise
        else:
            await self._done(item, senseless)

    async def _process(self, item: OutboxItem) -> str:
        """Send an email or run a job. Returns why that makes no sense any more; empty when it is done."""
        if item.expires_at is not None and item.expires_at <= self._clock.now():
            return "expired"
        payload = self._sealer.unseal(item.payload_sealed or "", row=item.id)
        if item.kind is OutboxKind.DEFERRED_JOB:
            await self._handlers[DeferredJob(item.name)](*opened(payload))
            return ""
        mail = Mail(**json.loads(payload))
        ended = await self._ended(item, mail)
        if ended and not mail.is_alert:
            return ended
        if ended:
            text, html = mail.without_link
            mail = replace(mail, text=text, html=html)
        await self._sender.send(mail, idempotency_key=item.id)
        return ""

    async def _ended(self, item: OutboxItem, mail: Mail) -> str:
        """Return why the code in an email, or (unless it is an alert) its account, is gone; empty when they are not."""
        now = self._clock.now()
        async with self._database.reading() as work:
            if item.user_id and not mail.is_alert:
                user = await work.users.find(item.user_id)
                if user is None or not user.is_reachable:
                    return "the account is gone or disabled"
            if not item.flow_id:
                return ""
            code = await work.one_time_codes.find_flow(item.flow_id)
            if code is None or code.ended(now):
                return f"the code is {code.ended(now) if code else 'gone'}"
            if code.purpose is not CodePurpose.SIGN_IN or await work.login_attempts.find_open(code.bound_value, now):
                return ""
            return "the sign-in is over"

    async def _done(self, item: OutboxItem, senseless: str) -> None:
        if senseless:
            await self._drop(item, senseless)
            return
        async with self._database.autocommit() as work:
            await work.outbox.sent(item.id, self._clock.now())

    async def _failed(self, item: OutboxItem, error: Exception) -> None:
        if item.attempts > len(BACKOFF):
            await self._give_up(item, error)
            return
        next_try_at = self._clock.now() + BACKOFF[item.attempts - 1]
        if item.expires_at is not None and item.expires_at <= next_try_at:
            await self._drop(item, f"expires before the next try; {_reason(error)}")
            return
        async with self._database.autocommit() as work:
            await work.outbox.retry(item, _reason(error), next_try_at)

    async def _give_up(self, item: OutboxItem, error: Exception) -> None:
        reason = _reason(error)
        async with self._database.autocommit() as work:
            await work.outbox.give_up(item, reason, self._clock.now())
        _log.error("given_up", item=item.id, kind=item.kind.value, name=item.name, tries=item.attempts, reason=reason)

    async def _drop(self, item: OutboxItem, reason: str) -> None:
        reason = reason[:_ERROR_LENGTH]
        async with self._database.autocommit() as work:
            await work.outbox.drop(item, reason, self._clock.now())
        _log.warning("dropped", item=item.id, kind=item.kind.value, name=item.name, tries=item.attempts, reason=reason)


def _reason(error: Exception) -> str:
    text = str(error) or "not done within the time limit"
    return _ADDRESS.sub("[address]", f"{type(error).__name__}: {text}")[:_ERROR_LENGTH]

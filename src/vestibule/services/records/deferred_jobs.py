"""Work that is deferred until after the response, so that the response takes the same time for every account (ASVS
6.3.8).

A request about an address writes one row of the same size whether an account has that address or not. What follows
(finding the account, making a code, sending an email) is done by the outbox: durably, at least once, and at a random
moment, since concurrent requests could otherwise observe whether it does more than a lookup.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from vestibule.crypto.entropy import below, new_id
from vestibule.crypto.sealing import Sealer
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.mail import OutboxKind
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.unit_of_work import UnitOfWork

# A sealed text is as long as its content: padding hides the length of an address.
_PADDED_TO = 1024
JobHandler = Callable[[Mapping[str, str], Device], Awaitable[None]]


@dataclass(eq=False, repr=False)
class DeferredJobs:
    """Writes jobs to the outbox, which runs each at a random moment within `spread` (microseconds)."""

    _sealer: Sealer
    _clock: Clock
    _entropy: Entropy
    _spread: Duration

    async def enqueue(
        self, work: UnitOfWork, job: DeferredJob, device: Device, *, expires_at: Instant | None, **facts: str
    ) -> None:
        """Run this job after the transaction `work` is committed, unless that is possible only after `expires_at`
        (microseconds since 1970 UTC; None: however late). `facts`, the job's arguments, are sealed at rest.
        """
        now = self._clock.now()
        item_id = new_id("job", now, self._entropy)
        payload = {"facts": facts, "device": [device.address, device.user_agent, device.request_id]}
        sealed = self._sealer.seal(json.dumps(payload).ljust(_PADDED_TO), row=item_id)
        due_at = now + below(self._spread + 1, self._entropy)
        await work.outbox.add(item_id, OutboxKind.DEFERRED_JOB, job.value, sealed, now, due_at, expires_at=expires_at)


def opened(payload: str) -> tuple[Mapping[str, str], Device]:
    """Return the facts and the device of a job, from its unsealed payload."""
    values = json.loads(payload)
    return values["facts"], Device(*values["device"])

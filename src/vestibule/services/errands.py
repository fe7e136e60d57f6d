"""Work that is left for after the answer, so that the answer takes as long for everybody (ASVS 6.3.8).

Whoever asks about an address gets the answer for one row written, the same row whether anybody has that address; what
follows (looking for the account, a code, a mail) happens in the outbox, durably and at least once; at a moment that
nobody knows, as the requests beside it would tell whether it is more than looking.
"""

import json
from collections.abc import Awaitable, Callable, Mapping

from vestibule.crypto.entropy import below, new_id
from vestibule.crypto.sealing import Sealer
from vestibule.domain.device import Device
from vestibule.domain.instant import Duration
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.unit_of_work import UnitOfWork

PREFIX = "errand."
# Sealed texts have the length of what is in them: an address must not show in it.
_PADDED_TO = 1024
Errand = Callable[[Mapping[str, str], Device], Awaitable[None]]


class Errands:
    """Leaves them; the outbox runs them by name, at random within `spread`."""

    def __init__(self, sealer: Sealer, clock: Clock, entropy: Entropy, spread: Duration) -> None:
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy
        self._spread = spread

    async def leave(self, work: UnitOfWork, name: str, device: Device, **facts: str) -> None:
        """Do this some time after the unit of work is committed."""
        now = self._clock.now()
        item_id = new_id("errand", now, self._entropy)
        told = {"facts": facts, "device": [device.address, device.user_agent, device.request_id]}
        sealed = self._sealer.seal(json.dumps(told).ljust(_PADDED_TO), row=item_id)
        due_at = now + below(self._spread + 1, self._entropy)
        await work.outbox.add(item_id, PREFIX + name, sealed, now, due_at)


def opened(payload: str) -> tuple[Mapping[str, str], Device]:
    """What was left."""
    told = json.loads(payload)
    return told["facts"], Device(*told["device"])

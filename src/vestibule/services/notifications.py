"""Mails go into the outbox here, sealed, in the transaction of their cause."""

import json
from dataclasses import asdict

from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import Sealer
from vestibule.domain.device import Device
from vestibule.domain.mail import Mail
from vestibule.domain.ports import Clock, Entropy
from vestibule.mail.messages import Facts, Messages
from vestibule.repositories.unit_of_work import UnitOfWork
from vestibule.services.devices import device_label


class Notifications:
    """`messages` composes, `queue` queues. A queued mail may hold a live secret, so it is sealed at rest."""

    def __init__(self, messages: Messages, sealer: Sealer, clock: Clock, entropy: Entropy) -> None:
        self.messages = messages
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    async def queue(self, work: UnitOfWork, mail: Mail) -> None:
        """Send this mail once the unit of work is committed."""
        now = self._clock.now()
        item_id = new_id("mail", now, self._entropy)
        sealed = self._sealer.seal(json.dumps(asdict(mail)), row=item_id)
        await work.outbox.add(item_id, mail.template, sealed, now)

    def facts(self, device: Device) -> Facts:
        """What an alert tells about the request that caused it."""
        return Facts(self._clock.now(), device_label(device.user_agent), device.address or "-")

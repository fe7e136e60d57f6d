"""Queues emails in the outbox: sealed, in the transaction of their cause."""

import json
from dataclasses import replace

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.device import Device
from vestibule.domain.instant import DAY, Duration, Instant
from vestibule.domain.mail import Alarm, Mail, OutboxKind
from vestibule.domain.one_time_code import CodeForm, CodePurpose, OneTimeCode
from vestibule.domain.ports import Clock, Entropy
from vestibule.mail.messages import Facts, Messages
from vestibule.repositories.unit_of_work import UnitOfWork
from vestibule.services.records.devices import device_label

ALARM_LIFETIME: Duration = 7 * DAY
# What is stored of an email until it is sent.
_CONTENT = ("to", "subject", "text", "html", "template", "is_alert", "without_link")


class Notifications:
    """`messages` composes emails, `queue` queues them. A queued email may contain a live secret, so it is sealed at
    rest.
    """

    def __init__(self, messages: Messages, sealer: Sealer, hasher: TokenHasher, clock: Clock, entropy: Entropy) -> None:
        self.messages = messages
        self._sealer = sealer
        self._hasher = hasher
        self._clock = clock
        self._entropy = entropy

    async def queue(self, work: UnitOfWork, mail: Mail) -> None:
        """Send this email once the transaction `work` is committed, with a copy to each earlier address that can still
        take the account back (of the user `mail.copies_for`).
        """
        now = self._clock.now()
        if mail.alarm is not None:
            code = self._alarm_code(mail.alarm, now)
            await work.one_time_codes.add(code)
            mail = replace(mail, flow_id=code.flow_id)
        earlier = await work.one_time_codes.open_undo_addresses(mail.copies_for, now) if mail.copies_for else ()
        for address in dict.fromkeys((mail.to, *earlier)):
            await self._add(work, replace(mail, to=address), now)

    async def _add(self, work: UnitOfWork, mail: Mail, now: Instant) -> None:
        item_id = new_id("mail", now, self._entropy)
        content = {name: getattr(mail, name) for name in _CONTENT}
        await work.outbox.add(
            item_id,
            OutboxKind.EMAIL,
            mail.template,
            self._sealer.seal(json.dumps(content), row=item_id),
            now,
            due_at=now,
            expires_at=mail.expires_at,
            user_id=mail.user_id,
            flow_id=mail.flow_id,
        )

    def facts(self, device: Device) -> Facts:
        """Return what an alert states about its request, with the secret of the "this was not me" link."""
        token = self._hasher.new(tokens.UNDO)
        code_hash = self._hasher.digest(CodePurpose.NOT_ME.value, token)
        return Facts(self._clock.now(), device_label(device.user_agent), device.address or "-", token, code_hash)

    def _alarm_code(self, alarm: Alarm, now: Instant) -> OneTimeCode:
        """Return the row behind an alert's link. Links of several alerts are valid side by side: each works once, for
        seven days.
        """
        return OneTimeCode(
            id=new_id("code", now, self._entropy),
            purpose=CodePurpose.NOT_ME,
            form=CodeForm.LINK,
            user_id=alarm.user_id,
            flow_id=new_id("flow", now, self._entropy),
            code_hash=alarm.code_hash,
            bound_value=alarm.address,
            created_at=now,
            expires_at=now + ALARM_LIFETIME,
            used_at=None,
            voided_at=None,
        )

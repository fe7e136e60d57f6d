"""The audit log: an event is written in the transaction of what it records."""

import json
from typing import Any

from vestibule.crypto.entropy import new_id
from vestibule.domain.audit import Action, AuditEvent
from vestibule.domain.device import Device
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import UnitOfWork
from vestibule.services.records.devices import device_label

# The actor of what is done on the command line.
OPERATOR = "cli"


class AuditLog:
    """Adds events to the audit log and never changes one (ASVS 16.2.1, 16.3.1)."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy

    async def record(
        self,
        work: UnitOfWork,
        action: Action,
        device: Device,
        *,
        subject: str | None,
        actor: str | None = None,
        session: str | None = None,
        **detail: object,
    ) -> None:
        """Write one event about the user `subject`, done by `actor` (the subject when no actor is named). `detail`
        becomes JSON.
        """
        event = self.event(action, device, subject=subject, actor=actor, session=session, **detail)
        await work.audit_events.add(event)

    async def record_by_caller(
        self, work: UnitOfWork, action: Action, device: Device, principal: Principal, **detail: Any
    ) -> None:
        """Write one event about the signed-in caller, done in the caller's own session."""
        session = principal.session.id
        await self.record(work, action, device, subject=principal.user.id, session=session, **detail)

    async def record_by_operator(
        self, work: UnitOfWork, action: Action, *, subject: str | None = None, **detail: Any
    ) -> None:
        """Write one event that an operator caused by a command, about the user with the id `subject`, or about none."""
        await self.record(work, action, Device(), subject=subject, actor=OPERATOR, **detail)

    def event(
        self,
        action: Action,
        device: Device,
        *,
        subject: str | None,
        actor: str | None = None,
        session: str | None = None,
        **detail: object,
    ) -> AuditEvent:
        """Return the event that `record` would write, for a statement that writes it together with its cause."""
        now = self._clock.now()
        return AuditEvent(
            id=new_id("event", now, self._entropy),
            occurred_at=now,
            action=action.value,
            actor_id=actor or subject,
            subject_id=subject,
            session_id=session,
            address=device.address,
            user_agent=device.user_agent,
            device_label=device_label(device.user_agent),
            request_id=device.request_id,
            detail=json.dumps(detail, sort_keys=True),
        )

    def draft(self, device: Device) -> tuple[str, str, str, str, str]:
        """Return an event's id, address, user agent, device label and request id, for a statement that writes its own
        event.
        """
        event_id = new_id("event", self._clock.now(), self._entropy)
        return event_id, device.address, device.user_agent, device_label(device.user_agent), device.request_id

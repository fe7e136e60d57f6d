"""What is stored in the same transaction as its cause: audit events, emails in the outbox, deferred jobs."""

from dataclasses import dataclass

from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.leases import Leases
from vestibule.services.records.notifications import Notifications
from vestibule.services.records.outbox import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordServices:
    """The services of the records area; each attribute is named after its module."""

    audit: AuditLog
    deferred_jobs: DeferredJobs
    leases: Leases
    notifications: Notifications
    outbox: Outbox

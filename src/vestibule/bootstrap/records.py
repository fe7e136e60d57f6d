"""Builds the services of records: audit log, outbox, deferred jobs, leases, notifications."""

from collections.abc import Mapping

from vestibule.bootstrap import policies
from vestibule.bootstrap.adapters import mail_sender
from vestibule.bootstrap.foundation import Foundation
from vestibule.domain.deferred_job import DeferredJob
from vestibule.mail.links import Links
from vestibule.mail.messages import Messages
from vestibule.services.records import RecordServices
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs, JobHandler
from vestibule.services.records.leases import Leases
from vestibule.services.records.notifications import Notifications
from vestibule.services.records.outbox import Outbox


def record_services(base: Foundation, handlers: Mapping[DeferredJob, JobHandler]) -> RecordServices:
    """Build the services of records. `handlers` run the deferred jobs; areas above add them once they are built."""
    settings, database, clock, entropy = base.settings, base.database, base.clock, base.entropy
    links = Links(pages=settings.pages_url, templates=settings.link_templates)
    messages = Messages(links=links, product=settings.server.product)
    sender = base.overrides.mail_sender or mail_sender(settings, base.mailbox)
    return RecordServices(
        audit=AuditLog(clock, entropy),
        deferred_jobs=DeferredJobs(base.keys.mails, clock, entropy, settings.mail_spread),
        leases=Leases(database, clock, entropy),
        notifications=Notifications(messages, base.keys.mails, base.keys.hasher, clock, entropy),
        outbox=Outbox(database, clock, base.keys.mails, sender, handlers, policies.sending_policy(settings)),
    )

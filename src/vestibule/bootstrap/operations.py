"""Builds the services of operations."""

from vestibule.bootstrap import policies
from vestibule.bootstrap.foundation import Foundation
from vestibule.bootstrap.mail import keeps_mail
from vestibule.db.migrations import HEAD
from vestibule.services.operations import OperationServices
from vestibule.services.operations.cleanup import Cleanup
from vestibule.services.operations.guides import Guides
from vestibule.services.operations.health import Health
from vestibule.services.operations.secret_check import SecretCheck
from vestibule.services.operations.secret_rotation import SecretRotation
from vestibule.services.records import RecordServices
from vestibule.services.tokens import TokenServices


def operation_services(base: Foundation, records: RecordServices, tokens: TokenServices) -> OperationServices:
    """Build the services that run beside the requests, or at an operator's command."""
    settings, database, clock = base.settings, base.database, base.clock
    secret = SecretCheck(database, base.keys.sealers, tokens.signing_keys)
    return OperationServices(
        cleanup=Cleanup(database, clock, policies.retention_policy(settings)),
        guides=Guides(settings.server.public_url),
        health=Health(database, clock, records.outbox, secret, HEAD),
        mailbox=base.mailbox.read if keeps_mail(settings) else None,
        secret_check=secret,
        secret_rotation=SecretRotation(database, base.keys.sealers, records.audit),
    )

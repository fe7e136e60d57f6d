"""Builds the services of operations."""

from pathlib import Path

from vestibule.bootstrap import policies
from vestibule.bootstrap.adapters import keeps_mail
from vestibule.bootstrap.foundation import Foundation
from vestibule.db.migrations import HEAD
from vestibule.services.operations import OperationServices
from vestibule.services.operations.cleanup import Cleanup
from vestibule.services.operations.client_packages import ClientPackages
from vestibule.services.operations.guides import Guides
from vestibule.services.operations.health import Health
from vestibule.services.operations.secret_check import SecretCheck
from vestibule.services.operations.secret_rotation import SecretRotation
from vestibule.services.records import RecordServices
from vestibule.services.tokens import TokenServices
from vestibule.settings import Settings

PACKAGES = Path(__file__).parents[1] / "packages"


def operation_services(base: Foundation, records: RecordServices, tokens: TokenServices) -> OperationServices:
    """Build the services that run beside the requests, or at an operator's command."""
    settings, database, clock = base.settings, base.database, base.clock
    secret = SecretCheck(database, base.keys.sealers, tokens.signing_keys)
    packages = client_packages(settings)
    return OperationServices(
        cleanup=Cleanup(database, clock, policies.retention_policy(settings)),
        client_packages=packages,
        guides=Guides(settings.server.public_url, packages),
        health=Health(database, clock, records.outbox, secret, HEAD),
        mailbox=base.mailbox.read if keeps_mail(settings) else None,
        secret_check=secret,
        secret_rotation=SecretRotation(database, base.keys.sealers, records.audit),
    )


def client_packages(settings: Settings) -> ClientPackages:
    """Return the client packages that were built into this installation."""
    return ClientPackages(PACKAGES, settings.server.public_url)

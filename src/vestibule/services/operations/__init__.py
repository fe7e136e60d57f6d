"""What operators run: health, cleanup, rotation of the master secret, guides, client packages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vestibule.domain.mail import SentMail
from vestibule.services.operations.cleanup import Cleanup
from vestibule.services.operations.client_packages import ClientPackages
from vestibule.services.operations.guides import Guides
from vestibule.services.operations.health import Health
from vestibule.services.operations.secret_check import SecretCheck
from vestibule.services.operations.secret_rotation import SecretRotation


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationServices:
    """The services of the operations area; each attribute is named after its module. `mailbox` reads the development
    mailbox, if there is one.
    """

    cleanup: Cleanup
    client_packages: ClientPackages
    guides: Guides
    health: Health
    mailbox: Callable[[], Sequence[SentMail]] | None
    secret_check: SecretCheck
    secret_rotation: SecretRotation

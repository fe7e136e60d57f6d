"""The parts of a system that tests may replace."""

from dataclasses import dataclass, field

from vestibule.crypto.clock import SystemClock
from vestibule.crypto.entropy import SystemEntropy
from vestibule.domain.ports import Clock, Entropy, MailSender
from vestibule.services.login.method import LoginMethod


@dataclass(frozen=True, slots=True)
class Overrides:
    """Clock, randomness and mail transport, which tests may replace by fakes; and further login methods."""

    clock: Clock = field(default_factory=SystemClock)
    entropy: Entropy = field(default_factory=SystemEntropy)
    mail_sender: MailSender | None = None
    methods: tuple[tuple[str, LoginMethod], ...] = ()

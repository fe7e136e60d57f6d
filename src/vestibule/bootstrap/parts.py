"""What goes into the wiring, and what comes out of it."""

from dataclasses import dataclass, field

from vestibule.crypto.clock import SystemClock
from vestibule.crypto.entropy import SystemEntropy, new_id
from vestibule.crypto.passwords import PasswordHashes
from vestibule.db.engine import Engine
from vestibule.domain.flow_check import FlowConfig
from vestibule.domain.ports import BreachedPasswords, Clock, Entropy, MailSender
from vestibule.repositories.unit_of_work import Database
from vestibule.services import Services
from vestibule.services.login.method import LoginMethod


@dataclass(frozen=True, slots=True)
class Parts:
    """What tests may replace by a quiet twin: time, randomness, the way mail leaves, further login methods."""

    clock: Clock = field(default_factory=SystemClock)
    entropy: Entropy = field(default_factory=SystemEntropy)
    mail_sender: MailSender | None = None
    methods: tuple[tuple[str, LoginMethod], ...] = ()


@dataclass(frozen=True, slots=True)
class System:
    """A wired system, not yet connected to its database."""

    services: Services
    database: Database
    engine: Engine
    hashes: PasswordHashes
    breached: BreachedPasswords
    clock: Clock
    entropy: Entropy
    flows: FlowConfig

    def new_request_id(self) -> str:
        """A sortable id for one request."""
        return new_id("req", self.clock.now(), self.entropy)

    async def close(self) -> None:
        """Let go of threads and connections."""
        self.hashes.close()
        await self.services.outbox.close()
        await self.breached.close()
        await self.services.session_touches.flush()
        await self.database.close()

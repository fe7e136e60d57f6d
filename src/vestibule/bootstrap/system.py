"""The result of the composition root."""

from dataclasses import dataclass

from vestibule.crypto.entropy import new_id
from vestibule.crypto.passwords import PasswordHashes
from vestibule.db.engine import Engine
from vestibule.domain.flow_check import FlowConfig
from vestibule.domain.ports import BreachedPasswords, Clock, Entropy
from vestibule.repositories.unit_of_work import Database
from vestibule.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
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
        """Return an id for one request; ids sort by time."""
        return new_id("req", self.clock.now(), self.entropy)

    async def close(self) -> None:
        """Stop threads, write pending session times, and close every connection."""
        self.hashes.close()
        await self.services.records.outbox.close()
        await self.breached.close()
        await self.services.sessions.session_touches.flush()
        await self.database.close()

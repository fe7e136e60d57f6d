"""APIs: registered by operators, addressed by their audience."""

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.crypto.entropy import new_id
from vestibule.domain.api import Api
from vestibule.domain.audit import Action
from vestibule.domain.errors import AlreadyExists, Conflict, Denied
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog


@dataclass(eq=False, repr=False)
class Apis:
    """Registers and finds APIs. `Clients.create` registers one together with its first client."""

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _audit: AuditLog

    async def create(self, name: str, audience: str, scopes: Sequence[str]) -> Api | Denied:
        """Register an API and return it; Denied (Conflict) when the name or the audience is taken. The caller has
        validated both, and the scopes.
        """
        now = self._clock.now()
        api = Api(new_id("api", now, self._entropy), name, audience, tuple(scopes), now)
        try:
            async with self._database.writing() as work:
                await work.apis.add(api)
                await self._audit.record_by_operator(work, Action.API_CREATED, api=api.id)
        except AlreadyExists:
            return Denied(Conflict("An API of this name or audience is there already."))
        return api

    async def list(self) -> Sequence[Api]:
        """Return all APIs, by name."""
        async with self._database.reading() as work:
            return await work.apis.list()

    async def find(self, name: str) -> Api | None:
        """Return the API with this name, or None."""
        async with self._database.reading() as work:
            return await work.apis.by_name(name)

    async def by_audience(self, audience: str) -> Api | None:
        """Return the API with this audience, or None."""
        async with self._database.reading() as work:
            return await work.apis.by_audience(audience)

    async def delete(self, api: Api) -> bool:
        """Delete the API. Returns whether it existed. From now on no tokens are issued for it, and its tokens are no
        longer active.
        """
        async with self._database.writing() as work:
            removed = await work.apis.remove(api.id)
            if removed:
                await self._audit.record_by_operator(work, Action.API_DELETED, api=api.id)
        return removed

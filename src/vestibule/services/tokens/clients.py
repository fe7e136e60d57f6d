"""Clients: registered by operators, authenticated by their secrets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.api import Api
from vestibule.domain.audit import Action
from vestibule.domain.client import Client, Introspects
from vestibule.domain.errors import AlreadyExists, Conflict, Denied
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.records.audit import AuditLog


@dataclass(eq=False, repr=False)
class Clients:
    """Registers, changes and authenticates clients. A secret is shown once, and only its keyed hash is stored."""

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _hasher: TokenHasher
    _audit: AuditLog

    async def create(
        self,
        name: str,
        audience: str | None,
        scopes: Sequence[str],
        may_introspect: Introspects = Introspects.OWN,
        *,
        api: Api | None = None,
    ) -> tuple[Client, str] | Denied:
        """Register a client and return it with its secret; Denied (Conflict) when the name or the audience is taken.
        The caller has validated both, and the scopes.

        The client acts for `api`, or for a new API with this audience and these scopes, which gets the client's name
        and id.
        """
        now = self._clock.now()
        client_id, secret = new_id("client", now, self._entropy), self._hasher.new(tokens.CLIENT)
        added = Api(client_id, name, audience, tuple(scopes), now) if audience else None
        client = Client(client_id, name, added or api, now, may_introspect)
        try:
            async with self._database.writing() as work:
                if added:
                    await work.apis.add(added)
                await work.clients.add(client)
                await work.clients.add_secret(client.id, self._digest(secret), now)
                await self._record(work, Action.CLIENT_CREATED, client)
        except AlreadyExists:
            return Denied(Conflict("A client of this name or audience is there already."))
        return client, secret

    async def list(self) -> Sequence[Client]:
        """Return all clients, by name."""
        async with self._database.reading() as work:
            return await work.clients.list()

    async def find(self, name: str) -> Client | None:
        """Return the client with this name, or None."""
        async with self._database.reading() as work:
            return await work.clients.by_name(name)

    async def update(self, client: Client, may_introspect: Introspects) -> Client:
        """Set which credentials the client may introspect from now on. Returns the changed client."""
        async with self._database.writing() as work:
            await work.clients.set_may_introspect(client.id, may_introspect)
            await self._record(work, Action.CLIENT_UPDATED, client, introspects=may_introspect.value)
        return replace(client, may_introspect=may_introspect)

    async def rotate(self, client: Client, keep: Duration) -> str:
        """Create and return a new secret; the older ones stay valid for `keep` (microseconds)."""
        now, secret = self._clock.now(), self._hasher.new(tokens.CLIENT)
        async with self._database.writing() as work:
            await work.clients.limit_secrets(client.id, now, now + keep)
            await work.clients.add_secret(client.id, self._digest(secret), now)
            await self._record(work, Action.CLIENT_ROTATED, client)
        return secret

    async def delete(self, client: Client) -> bool:
        """Delete the client, and the API that was registered with it. Returns whether it existed. From now on no tokens
        are issued for that API, and the client's secrets and keys are refused.
        """
        async with self._database.writing() as work:
            await work.apis.remove(client.id)
            removed = await work.clients.remove(client.id)
            if removed:
                await self._record(work, Action.CLIENT_DELETED, client)
        return removed

    async def authenticate(self, client_id: str, secret: str) -> tuple[Client, Instant] | None:
        """Return the client that this secret belongs to (RFC 6749 section 2.3.1), and until when the secret is valid
        (microseconds since 1970 UTC); None when it is not valid.
        """
        newest, *older = self._hasher.hashes(tokens.CLIENT, secret) or ("",)
        async with self._database.reading() as work:
            if found := await work.clients.by_secret(client_id, newest, self._clock.now()):
                return found
        for hashed in older:
            async with self._database.writing() as work:
                if found := await work.clients.by_secret(client_id, hashed, self._clock.now()):
                    # A client secret that is used while both master secrets are accepted outlives their rotation.
                    await work.clients.rehash(hashed, newest)
                    return found
        return None

    async def _record(self, work: UnitOfWork, action: Action, client: Client, **details: str) -> None:
        await self._audit.record_by_operator(work, action, client=client.id, **details)

    def _digest(self, secret: str) -> str:
        return self._hasher.digest(tokens.CLIENT, secret)

"""Clients: registered by operators, told apart by their secrets."""

from collections.abc import Sequence
from dataclasses import replace

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.db.engine import UniqueViolation
from vestibule.domain.audit import Action
from vestibule.domain.client import Client, Introspects
from vestibule.domain.device import Device
from vestibule.domain.errors import Conflict, Denied
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.ports import Clock, Entropy
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog

_ACTOR = "cli"


class Clients:
    """A secret is shown once, and only its keyed hash is kept."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, hasher: TokenHasher, audit: AuditLog
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._hasher = hasher
        self._audit = audit

    async def create(
        self, name: str, audience: str | None, scopes: Sequence[str], introspects: Introspects = Introspects.OWN
    ) -> tuple[Client, str] | Denied:
        """A new client and its secret; Denied when the name or the audience is taken. The caller checked the texts."""
        now = self._clock.now()
        client = Client(new_id("client", now, self._entropy), name, audience, tuple(scopes), now, introspects)
        secret = self._hasher.new(tokens.CLIENT)
        try:
            async with self._database.writing() as work:
                await work.clients.add(client)
                await work.clients.add_secret(client.id, self._digest(secret), now, others_until=now)
                await self._audit.record(
                    work, Action.CLIENT_CREATED, Device(), subject=None, actor=_ACTOR, client=client.id
                )
        except UniqueViolation:
            return Denied(Conflict("A client of this name or audience is there already."))
        return client, secret

    async def list(self) -> Sequence[Client]:
        """All of them, by name."""
        async with self._database.reading() as work:
            return await work.clients.list()

    async def find(self, name: str) -> Client | None:
        """By name."""
        async with self._database.reading() as work:
            return await work.clients.by_name(name)

    async def update(self, client: Client, introspects: Introspects) -> Client:
        """The client, which may introspect this much from now on."""
        async with self._database.writing() as work:
            await work.clients.set_introspects(client.id, introspects)
            await self._audit.record(
                work, Action.CLIENT_UPDATED, Device(), subject=None, actor=_ACTOR, client=client.id,
                introspects=introspects.value,
            )  # fmt: skip
        return replace(client, introspects=introspects)

    async def rotate(self, client: Client, keep: Duration) -> str:
        """A new secret; those of before stay good for this long."""
        now, secret = self._clock.now(), self._hasher.new(tokens.CLIENT)
        async with self._database.writing() as work:
            await work.clients.add_secret(client.id, self._digest(secret), now, others_until=now + keep)
            await self._audit.record(
                work, Action.CLIENT_ROTATED, Device(), subject=None, actor=_ACTOR, client=client.id
            )
        return secret

    async def delete(self, client: Client) -> bool:
        """Whether it was there. Nobody gets tokens for it or asks with its secret from now on."""
        async with self._database.writing() as work:
            removed = await work.clients.remove(client.id)
            if removed:
                await self._audit.record(
                    work, Action.CLIENT_DELETED, Device(), subject=None, actor=_ACTOR, client=client.id
                )
        return removed

    async def authenticate(self, client_id: str, secret: str) -> tuple[Client, Instant] | None:
        """Who shows this secret (RFC 6749 section 2.3.1), and until when it is good; None when it is not."""
        newest, *older = self._hasher.hashes(tokens.CLIENT, secret) or ("",)
        async with self._database.reading() as work:
            if found := await work.clients.by_secret(client_id, newest, self._clock.now()):
                return found
        for hashed in older:
            async with self._database.writing() as work:
                if found := await work.clients.by_secret(client_id, hashed, self._clock.now()):
                    # It outlives the rotation of the master secret because it was used while both were accepted.
                    await work.clients.rehash(hashed, newest)
                    return found
        return None

    async def api(self, audience: str) -> Client | None:
        """The API of this audience."""
        async with self._database.reading() as work:
            return await work.clients.by_audience(audience)

    def _digest(self, secret: str) -> str:
        return self._hasher.digest(tokens.CLIENT, secret)

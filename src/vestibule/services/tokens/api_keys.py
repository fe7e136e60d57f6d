"""API keys, for programs of users and for machines: shown once, stored as a keyed hash."""

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.api_key import HINT_LENGTH, MOST_KEYS, ApiKey
from vestibule.domain.audit import Action
from vestibule.domain.client import Client
from vestibule.domain.device import Device
from vestibule.domain.errors import Conflict, Denied, InvalidScope, NotFound
from vestibule.domain.instant import Duration
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller

Made = tuple[ApiKey, str]


@dataclass(eq=False, repr=False)
class ApiKeys:
    """Creates, lists and revokes API keys. A key is accepted by APIs and by forward-auth, never for the account that it
    belongs to.
    """

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _hasher: TokenHasher
    _audit: AuditLog
    _notifications: Notifications

    async def of(self, owner: str) -> Sequence[ApiKey]:
        """Return the valid keys of a user or a client (by id), newest first."""
        async with self._database.reading() as work:
            return await work.api_keys.list(owner, self._clock.now())

    async def scopes(self) -> dict[str, str]:
        """Return every scope that a key may have, with the name of its API."""
        async with self._database.reading() as work:
            apis = await work.apis.list()
        return {scope: api.name for api in apis for scope in api.scopes}

    async def create(
        self, principal: Principal, name: str, scopes: Sequence[str], lifetime: Duration | None, device: Device
    ) -> Made | Denied:
        """Create a key for the caller. Returns it with its text, which is shown once. `lifetime` is in microseconds;
        None: no expiry. Denied: InvalidScope, Conflict when there are too many keys, NotAuthenticated when the session
        ended.
        """
        if denied := _unknown(scopes, await self.scopes()):
            return denied
        key, secret = self._draft(name, scopes, lifetime, user_id=principal.user.id)
        async with self._database.writing() as work:
            held = await hold_caller(work, principal, self._clock.now())
            if isinstance(held, Denied):
                return held
            if len(await work.api_keys.list(principal.user.id, self._clock.now())) >= MOST_KEYS:
                return Denied(Conflict(f"There are {MOST_KEYS} keys already: revoke one first."))
            await work.api_keys.add(key, self._digest(secret))
            await self._audit.record_by_caller(work, Action.API_KEY_CREATED, device, principal, key=key.id)
            await self._notifications.api_key_created(work, held, device, key.name)
        return key, secret

    async def revoke(self, principal: Principal, key_id: str, device: Device) -> Denied | None:
        """Revoke one of the caller's keys. Denied (NotFound) when there is no such key."""
        async with self._database.writing() as work:
            if not await work.api_keys.revoke(key_id, principal.user.id, self._clock.now()):
                return Denied(NotFound("There is no such key."))
            await self._audit.record_by_caller(work, Action.API_KEY_REVOKED, device, principal, key=key_id)
        return None

    async def create_for(
        self, client: Client, name: str, scopes: Sequence[str], lifetime: Duration | None
    ) -> Made | Denied:
        """Create a key for a machine, on behalf of an operator. Like `create` it returns the key with its text. Denied
        (InvalidScope) for unknown scopes.
        """
        if denied := _unknown(scopes, await self.scopes()):
            return denied
        key, secret = self._draft(name, scopes, lifetime, client_id=client.id)
        async with self._database.writing() as work:
            await work.api_keys.add(key, self._digest(secret))
            await self._audit.record_by_operator(work, Action.API_KEY_CREATED, client=client.id, key=key.id)
        return key, secret

    async def revoke_any(self, key_id: str, owner: str, actor: str) -> bool:
        """Revoke a key of this owner (the id of a user or client), for operators, and for APIs that received the key.
        Returns whether there was such a key.
        """
        async with self._database.writing() as work:
            revoked = await work.api_keys.revoke(key_id, owner, self._clock.now())
            if revoked:
                subject = owner if owner.startswith("user_") else None
                await self._audit.record(
                    work, Action.API_KEY_REVOKED, Device(), subject=subject, actor=actor, key=key_id
                )
        return revoked

    def _draft(
        self,
        name: str,
        scopes: Sequence[str],
        lifetime: Duration | None,
        *,
        user_id: str | None = None,
        client_id: str | None = None,
    ) -> Made:
        now, secret = self._clock.now(), self._hasher.new(tokens.API_KEY)
        body = secret.rpartition("_")[2]
        key = ApiKey(
            id=new_id("key", now, self._entropy),
            user_id=user_id,
            client_id=client_id,
            name=name,
            hint=body[:HINT_LENGTH],
            scopes=tuple(dict.fromkeys(scopes)),
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
            last_used_at=None,
        )
        return key, secret

    def _digest(self, secret: str) -> str:
        return self._hasher.digest(tokens.API_KEY, secret)


def _unknown(scopes: Sequence[str], offered: dict[str, str]) -> Denied | None:
    unknown = [scope for scope in scopes if scope not in offered]
    if not unknown:
        return None
    return Denied(InvalidScope(f"{unknown[0]} is no scope of an API here. There are: {', '.join(offered) or 'none'}."))

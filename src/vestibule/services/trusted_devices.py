"""Browsers that their owner trusts: for a while they stand in for the second factor that the owner chose."""

from collections.abc import Sequence

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.audit import Action
from vestibule.domain.credential import TrustedDevice
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, NotFound
from vestibule.domain.instant import Duration
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.devices import device_label


class TrustedDevices:
    """The secret is good for one user only, and for nothing but this. `lifetime` 0: nothing is trusted."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, hasher: TokenHasher, audit: AuditLog,
        lifetime: Duration,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._hasher = hasher
        self._audit = audit
        self.lifetime = lifetime

    async def trust(self, work: UnitOfWork, user_id: str, session_id: str, device: Device) -> str | None:
        """The secret for this browser, in the transaction of the sign-in that asked for it."""
        if not self.lifetime:
            return None
        now = self._clock.now()
        secret = self._hasher.new(tokens.DEVICE)
        row = TrustedDevice(
            id=new_id("device", now, self._entropy),
            user_id=user_id,
            token_hash=self._hasher.digest(tokens.DEVICE, secret),
            device_label=device_label(device.user_agent),
            address=device.address,
            created_at=now,
            last_used_at=now,
            expires_at=now + self.lifetime,
        )
        await work.trusted_devices.add(row)
        await self._audit.record(work, Action.DEVICE_TRUSTED, device, subject=user_id, session=session_id)
        return secret

    async def recognises(self, user_id: str, secret: str | None) -> bool:
        """Whether this user trusts the browser that holds this secret."""
        hashes = self._hasher.hashes(tokens.DEVICE, secret) if secret and self.lifetime else ()
        for token_hash in hashes:
            async with self._database.writing() as work:
                if await work.trusted_devices.use(user_id, token_hash, self._clock.now()):
                    return True
        return False

    async def list(self, user_id: str) -> Sequence[TrustedDevice]:
        """A user's trusted devices, last used first."""
        async with self._database.reading() as work:
            return await work.trusted_devices.list(user_id, self._clock.now())

    async def forget(self, principal: Principal, device_id: str, device: Device) -> Denied | None:
        """Trust one device of the caller no longer."""
        user_id = principal.user.id
        async with self._database.writing() as work:
            if not await work.trusted_devices.remove(user_id, device_id):
                return Denied(NotFound("There is no such device."))
            await self._audit.record(
                work, Action.DEVICE_FORGOTTEN, device, subject=user_id, session=principal.session.id
            )
        return None

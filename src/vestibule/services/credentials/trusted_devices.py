"""Trusted devices: browsers that replace, for a while, the second factor that their user chose to have."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.devices import device_label


@dataclass(eq=False, repr=False)
class TrustedDevices:
    """Creates and checks the secrets of trusted devices. A secret works for one user, and only in place of the second
    factor. `lifetime` is in microseconds; with 0 no device is trusted.
    """

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _hasher: TokenHasher
    _audit: AuditLog
    lifetime: Duration

    async def trust(self, work: UnitOfWork, user_id: str, session_id: str, device: Device) -> str | None:
        """Trust this browser, in the transaction of the sign-in that requested it. Returns its secret; None when no
        device may be trusted.
        """
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
        """Return whether this secret is that of a device that the user trusts; None is not one. Notes the use."""
        hashes = self._hasher.hashes(tokens.DEVICE, secret) if secret and self.lifetime else ()
        for token_hash in hashes:
            async with self._database.writing() as work:
                if await work.trusted_devices.use(user_id, token_hash, self._clock.now()):
                    return True
        return False

    async def list(self, user_id: str) -> Sequence[TrustedDevice]:
        """Return the user's trusted devices, last used first."""
        async with self._database.reading() as work:
            return await work.trusted_devices.list(user_id, self._clock.now())

    async def forget(self, principal: Principal, device_id: str, device: Device) -> Denied | None:
        """Stop trusting one of the caller's devices. Denied (NotFound) when there is no such device."""
        user_id = principal.user.id
        async with self._database.writing() as work:
            if not await work.trusted_devices.remove(user_id, device_id):
                return Denied(NotFound("There is no such device."))
            await self._audit.record_by_caller(work, Action.DEVICE_FORGOTTEN, device, principal)
        return None

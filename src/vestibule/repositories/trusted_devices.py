"""Trusted devices: browsers that need no second factor for a while."""

from collections.abc import Sequence

from vestibule.domain.credential import TrustedDevice
from vestibule.domain.instant import Instant
from vestibule.repositories.repository import Repository, delete_some, insert

_NAMES = tuple(TrustedDevice.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)
_ADD = insert("trusted_devices", _NAMES)


class TrustedDevices(Repository):
    """Rows of `trusted_devices`, each with the keyed hash of the secret in its browser's cookie."""

    async def add(self, device: TrustedDevice) -> None:
        """Insert a trusted device."""
        await self._db.run(_ADD, *(getattr(device, name) for name in _NAMES))

    async def use(self, user_id: str, token_hash: str, now: Instant) -> bool:
        """Whether the secret with this hash is that of an unexpired trusted device of the user; records the use."""
        sql = """UPDATE trusted_devices SET last_used_at = $3
            WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3"""
        return await self._db.run(sql, user_id, token_hash, now) == 1

    async def list(self, user_id: str, now: Instant) -> Sequence[TrustedDevice]:
        """Return a user's unexpired trusted devices, those used last first."""
        sql = f"""SELECT {_COLUMNS} FROM trusted_devices WHERE user_id = $1 AND expires_at > $2
            ORDER BY last_used_at DESC, id DESC"""
        rows = await self._db.all(sql, user_id, now)
        return [TrustedDevice(**{name: row[name] for name in _NAMES}) for row in rows]

    async def remove(self, user_id: str, device_id: str) -> bool:
        """Delete one trusted device of a user. False when there is none of this id."""
        return await self._db.run("DELETE FROM trusted_devices WHERE id = $1 AND user_id = $2", device_id, user_id) == 1

    async def remove_all(self, user_id: str) -> int:
        """Delete all trusted devices of a user. Returns how many."""
        return await self._db.run("DELETE FROM trusted_devices WHERE user_id = $1", user_id)

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` trusted devices that expired before `expired_before`. Returns how many."""
        return await self._db.run(delete_some("trusted_devices", "expires_at < $1"), expired_before, count)

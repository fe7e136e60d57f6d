"""Signing keys of all workers, with sealed private parts."""

from collections.abc import Sequence

from vestibule.domain.instant import Instant
from vestibule.domain.signing_key import SigningKey
from vestibule.repositories.repository import Repository, delete_some, insert

_NAMES = tuple(SigningKey.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)


class SigningKeys(Repository):
    """Rows of `signing_keys`."""

    async def published(self, now: Instant) -> Sequence[SigningKey]:
        """Return the keys that verify tokens at `now`, oldest first."""
        sql = f"""SELECT {_COLUMNS} FROM signing_keys WHERE retires_at IS NULL OR retires_at > $1
            ORDER BY activates_at, kid"""
        rows = await self._db.all(sql, now)
        return [SigningKey(**{name: row[name] for name in _NAMES}) for row in rows]

    async def add(self, key: SigningKey) -> None:
        """Insert a key."""
        await self._db.run(insert("signing_keys", _NAMES), *(getattr(key, name) for name in _NAMES))

    async def retire_others(self, kid: str, retires_at: Instant) -> None:
        """Set the retirement of every other key that has none: it verifies until `retires_at`."""
        sql = "UPDATE signing_keys SET retires_at = $2 WHERE kid <> $1 AND retires_at IS NULL"
        await self._db.run(sql, kid, retires_at)

    async def purge(self, retired_before: Instant, count: int) -> int:
        """Delete up to `count` keys that retired before `retired_before`, as no valid token can name them. Returns how
        many.
        """
        sql = delete_some("signing_keys", "retires_at < $1", key="kid")
        return await self._db.run(sql, retired_before, count)

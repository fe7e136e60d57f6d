"""Signing keys of all workers, with sealed private parts."""

from collections.abc import Sequence

from vestibule.db.engine import Connection
from vestibule.domain.instant import Instant
from vestibule.domain.signing_key import SigningKey

_NAMES = tuple(SigningKey.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)


class SigningKeys:
    """Rows of `signing_keys`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def published(self, now: Instant) -> Sequence[SigningKey]:
        """Return the keys that verify tokens at `now`, oldest first."""
        sql = f"""SELECT {_COLUMNS} FROM signing_keys WHERE retires_at IS NULL OR retires_at > $1
            ORDER BY activates_at, kid"""
        rows = await self._db.all(sql, now)
        return [SigningKey(**{name: row[name] for name in _NAMES}) for row in rows]

    async def add(self, key: SigningKey) -> None:
        """Insert a key."""
        marks = ", ".join(f"${n}" for n in range(1, len(_NAMES) + 1))
        sql = f"INSERT INTO signing_keys ({_COLUMNS}) VALUES ({marks})"
        await self._db.run(sql, *(getattr(key, name) for name in _NAMES))

    async def retire_others(self, kid: str, retires_at: Instant) -> None:
        """Set the retirement of every other key that has none: it verifies until `retires_at`."""
        sql = "UPDATE signing_keys SET retires_at = $2 WHERE kid <> $1 AND retires_at IS NULL"
        await self._db.run(sql, kid, retires_at)

    async def purge(self, retired_before: Instant, count: int) -> int:
        """Delete up to `count` keys that retired before `retired_before`, as no valid token can name them. Returns how
        many.
        """
        sql = "DELETE FROM signing_keys WHERE kid IN (SELECT kid FROM signing_keys WHERE retires_at < $1 LIMIT $2)"
        return await self._db.run(sql, retired_before, count)

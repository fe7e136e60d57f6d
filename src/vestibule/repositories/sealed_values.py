"""All values that are sealed at rest and must be readable again, across the tables that contain them."""

from collections.abc import Sequence

from vestibule.domain.sealed_value import SealedKind, SealedValue
from vestibule.repositories.repository import Repository

# Table, key, column, and which rows contain a sealed value. Successors of refresh tokens live for ten seconds, and
# drafts of one-time passwords are in attempts of ten minutes: both expire by themselves and need no resealing.
_PLACES = {
    SealedKind.SIGNING_KEY: ("signing_keys", "kid", "private_sealed", "private_sealed <> ''"),
    SealedKind.TOTP_SEED: ("credentials", "id", "secret", "kind = 'totp'"),
    SealedKind.MAIL: ("outbox", "id", "payload_sealed", "payload_sealed IS NOT NULL"),
}


class SealedValues(Repository):
    """Rows of several tables, each reduced to its key and its sealed text."""

    async def page(self, kind: SealedKind, after: str, count: int) -> Sequence[SealedValue]:
        """Return up to `count` sealed values of a kind with keys after `after` (empty: all keys), ordered by key."""
        table, key, column, where = _PLACES[kind]
        sql = (
            f"SELECT {key} AS row_key, {column} AS sealed FROM {table} WHERE {key} > $1 AND {where} "
            f"ORDER BY {key} LIMIT $2"
        )
        rows = await self._db.all(sql, after, count)
        return [SealedValue(kind, row["row_key"], row["sealed"]) for row in rows]

    async def replace(self, value: SealedValue, sealed: str) -> None:
        """Store the same content sealed under another key, unless the row was changed since it was read."""
        table, key, column, _ = _PLACES[value.kind]
        sql = f"UPDATE {table} SET {column} = $3 WHERE {key} = $1 AND {column} = $2"
        await self._db.run(sql, value.row, value.sealed, sealed)

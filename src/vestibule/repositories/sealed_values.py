"""Everything that is sealed at rest and has to be opened again, wherever it stands."""

from collections.abc import Sequence

from vestibule.db.engine import Connection
from vestibule.domain.sealed_value import SealedKind, SealedValue

# Table, key, column, and which rows have something sealed. Successors of refresh tokens live ten seconds, and drafts
# of one-time passwords stand in attempts of ten minutes: those run out by themselves.
_PLACES = {
    SealedKind.SIGNING_KEY: ("signing_keys", "kid", "private_sealed", "private_sealed <> ''"),
    SealedKind.TOTP_SEED: ("credentials", "id", "secret", "kind = 'totp'"),
    SealedKind.MAIL: ("outbox", "id", "payload_sealed", "payload_sealed IS NOT NULL"),
}


class SealedValues:
    """Rows of several tables, looked at as a key and a sealed text."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def page(self, kind: SealedKind, after: str, count: int) -> Sequence[SealedValue]:
        """By key, after this one."""
        table, key, column, where = _PLACES[kind]
        rows = await self._db.all(
            f"SELECT {key} AS row_key, {column} AS sealed FROM {table} WHERE {key} > $1 AND {where} "
            f"ORDER BY {key} LIMIT $2",
            after,
            count,
        )
        return [SealedValue(kind, row["row_key"], row["sealed"]) for row in rows]

    async def replace(self, value: SealedValue, sealed: str) -> None:
        """The same content under another key; nothing happens when it was changed meanwhile."""
        table, key, column, _ = _PLACES[value.kind]
        await self._db.run(
            f"UPDATE {table} SET {column} = $3 WHERE {key} = $1 AND {column} = $2", value.row, value.sealed, sealed
        )

"""APIs that accept access tokens."""

from collections.abc import Sequence

from vestibule.db.engine import Row
from vestibule.domain.api import Api
from vestibule.domain.client import Introspects
from vestibule.repositories.repository import RevokingRepository

_COLUMNS = "id, name, audience, scopes, created_at"


class Apis(RevokingRepository):
    """Rows of `apis`. Removing one makes cached answers to its clients invalid."""

    async def add(self, api: Api) -> None:
        """Insert an API. Raises AlreadyExists when the name or the audience is taken."""
        sql = f"INSERT INTO apis ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5)"
        await self._db.run(sql, api.id, api.name, api.audience, " ".join(api.scopes), api.created_at)

    async def list(self) -> Sequence[Api]:
        """Return all APIs, ordered by name."""
        return [_api(row) for row in await self._db.all(f"SELECT {_COLUMNS} FROM apis ORDER BY name")]

    async def by_name(self, name: str) -> Api | None:
        """Return the API of this name, or None."""
        return await self._one("name = $1", name)

    async def by_audience(self, audience: str) -> Api | None:
        """Return the API of this audience, or None."""
        return await self._one("audience = $1", audience)

    async def remove(self, api_id: str) -> bool:
        """Delete an API; its clients stay, without one. False when it did not exist.

        Cached answers are invalidated of all clients that could introspect its tokens.
        """
        # The two other columns are what code before revision 0014 reads.
        sql = "UPDATE clients SET api_id = NULL, audience = NULL, scopes = '' WHERE api_id = $1 RETURNING id"
        changed = await self._db.all(sql, api_id)
        removed = await self._db.run("DELETE FROM apis WHERE id = $1", api_id) == 1
        if removed:
            gateways = await self._db.all("SELECT id FROM clients WHERE introspects = $1", Introspects.ALL.value)
            self._revoked.update(row["id"] for row in (*changed, *gateways))
        return removed

    async def _one(self, condition: str, value: str) -> Api | None:
        row = await self._db.one(f"SELECT {_COLUMNS} FROM apis WHERE {condition}", value)
        return _api(row) if row else None


def _api(row: Row) -> Api:
    return Api(row["id"], row["name"], row["audience"], tuple(row["scopes"].split()), row["created_at"])

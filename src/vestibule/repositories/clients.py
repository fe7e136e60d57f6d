"""Clients and the keyed hashes of their secrets."""

from collections.abc import Sequence

from vestibule.db.engine import Row
from vestibule.domain.api import Api
from vestibule.domain.client import Client, Introspects
from vestibule.domain.instant import NEVER, Instant
from vestibule.repositories.repository import RevokingRepository

# `introspects` has the name that code before revision 0014 reads; it is `may_introspect` everywhere else.
_COLUMNS = """c.id, c.name, c.created_at, c.introspects, c.api_id, a.name AS api_name, a.audience, a.scopes,
    a.created_at AS api_created_at"""
_JOINED = "clients c LEFT JOIN apis a ON a.id = c.api_id"


class Clients(RevokingRepository):
    """Rows of `clients` and `client_secrets`."""

    async def add(self, client: Client) -> None:
        """Insert a client. Raises AlreadyExists when the name is taken."""
        # Code before revision 0014 reads the API from the client that has its id.
        own = client.api if client.api is not None and client.api.id == client.id else None
        await self._db.run(
            """INSERT INTO clients (id, name, created_at, introspects, api_id, audience, scopes)
                VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            client.id,
            client.name,
            client.created_at,
            client.may_introspect.value,
            client.api.id if client.api else None,
            own.audience if own else None,
            " ".join(own.scopes) if own else "",
        )

    async def list(self) -> Sequence[Client]:
        """Return all clients, ordered by name."""
        rows = await self._db.all(f"SELECT {_COLUMNS} FROM {_JOINED} ORDER BY c.name")
        return [_client(row) for row in rows]

    async def by_name(self, name: str) -> Client | None:
        """Return the client of this name, or None."""
        row = await self._db.one(f"SELECT {_COLUMNS} FROM {_JOINED} WHERE c.name = $1", name)
        return _client(row) if row else None

    async def by_secret(self, client_id: str, secret_hash: str, now: Instant) -> tuple[Client, Instant] | None:
        """Return the client with this id and valid secret, and when the secret expires (or NEVER); None without one."""
        sql = f"""SELECT {_COLUMNS}, (SELECT COALESCE(s.expires_at, $4) FROM client_secrets s
                WHERE s.client_id = c.id AND s.secret_hash = $2) AS good_until
            FROM {_JOINED} WHERE c.id = $1 AND EXISTS (SELECT 1 FROM client_secrets s WHERE s.client_id = c.id
                AND s.secret_hash = $2 AND (s.expires_at IS NULL OR s.expires_at > $3))"""
        row = await self._db.one(sql, client_id, secret_hash, now, NEVER)
        return (_client(row), int(row["good_until"])) if row else None

    async def set_may_introspect(self, client_id: str, may_introspect: Introspects) -> None:
        """Set what a client may introspect; cached answers to it are invalidated."""
        self._revoked.add(client_id)
        await self._db.run("UPDATE clients SET introspects = $2 WHERE id = $1", client_id, may_introspect.value)

    async def remove(self, client_id: str) -> bool:
        """Delete a client with its secrets and API keys. False when it did not exist."""
        self._revoked.add(client_id)
        return await self._db.run("DELETE FROM clients WHERE id = $1", client_id) == 1

    async def add_secret(self, client_id: str, secret_hash: str, now: Instant) -> None:
        """Insert a secret's hash."""
        sql = "INSERT INTO client_secrets (secret_hash, client_id, created_at) VALUES ($1, $2, $3)"
        await self._db.run(sql, secret_hash, client_id, now)

    async def limit_secrets(self, client_id: str, now: Instant, until: Instant) -> None:
        """Let the client's secrets expire at `until` at the latest; those that have expired are deleted. Cached answers
        to it are invalidated.
        """
        self._revoked.add(client_id)
        await self._db.run("DELETE FROM client_secrets WHERE client_id = $1 AND expires_at <= $2", client_id, now)
        sql = """UPDATE client_secrets SET expires_at = $2
            WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2)"""
        await self._db.run(sql, client_id, until)

    async def rehash(self, old: str, new: str) -> None:
        """Replace a secret's stored hash by its hash under a newer master secret."""
        await self._db.run("UPDATE client_secrets SET secret_hash = $2 WHERE secret_hash = $1", old, new)


def _client(row: Row) -> Client:
    api = None
    if row["api_id"] is not None:
        scopes = tuple(row["scopes"].split())
        api = Api(row["api_id"], row["api_name"], row["audience"], scopes, row["api_created_at"])
    return Client(row["id"], row["name"], api, row["created_at"], Introspects(row["introspects"]))

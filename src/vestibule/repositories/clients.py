"""Clients and the keyed hashes of their secrets."""

from collections.abc import Sequence

from vestibule.db.engine import Connection, Row
from vestibule.domain.client import Client, Introspects
from vestibule.domain.instant import NEVER, Instant

_COLUMNS = "id, name, audience, scopes, created_at, introspects"


class Clients:
    """Rows of `clients` and `client_secrets`. `revoked` collects the ids of clients whose cached answers become invalid
    with the commit.
    """

    def __init__(self, connection: Connection, revoked: set[str]) -> None:
        self._db = connection
        self._revoked = revoked

    async def add(self, client: Client) -> None:
        """Insert a client. Raises AlreadyExists when the name or the audience is taken."""
        await self._db.run(
            f"INSERT INTO clients ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)",
            client.id,
            client.name,
            client.audience,
            " ".join(client.scopes),
            client.created_at,
            client.introspects.value,
        )

    async def list(self) -> Sequence[Client]:
        """Return all clients, ordered by name."""
        rows = await self._db.all(f"SELECT {_COLUMNS} FROM clients ORDER BY name")
        return [_client(row) for row in rows]

    async def by_name(self, name: str) -> Client | None:
        """Return the client of this name, or None."""
        return await self._one("name = $1", name)

    async def by_audience(self, audience: str) -> Client | None:
        """Return the client that is the API of this audience, or None."""
        return await self._one("audience = $1", audience)

    async def by_secret(self, client_id: str, secret_hash: str, now: Instant) -> tuple[Client, Instant] | None:
        """Return the client with this id and valid secret, and when the secret expires (or NEVER); None without one."""
        row = await self._db.one(
            f"""SELECT {_COLUMNS}, (SELECT COALESCE(s.expires_at, $4) FROM client_secrets s
                    WHERE s.client_id = clients.id AND s.secret_hash = $2) AS good_until
                FROM clients WHERE id = $1 AND EXISTS (SELECT 1 FROM client_secrets s WHERE s.client_id = clients.id
                    AND s.secret_hash = $2 AND (s.expires_at IS NULL OR s.expires_at > $3))""",
            client_id,
            secret_hash,
            now,
            NEVER,
        )
        return (_client(row), int(row["good_until"])) if row else None

    async def set_introspects(self, client_id: str, introspects: Introspects) -> None:
        """Set what a client may introspect; cached answers to it are invalidated."""
        self._revoked.add(client_id)
        await self._db.run("UPDATE clients SET introspects = $2 WHERE id = $1", client_id, introspects.value)

    async def remove(self, client_id: str) -> bool:
        """Delete a client with its secrets and API keys. False when it did not exist."""
        self._revoked.add(client_id)
        return await self._db.run("DELETE FROM clients WHERE id = $1", client_id) == 1

    async def add_secret(self, client_id: str, secret_hash: str, now: Instant, *, others_until: Instant) -> None:
        """Insert a secret's hash. Earlier secrets stay valid until `others_until` at most; expired ones are deleted."""
        self._revoked.add(client_id)
        await self._db.run("DELETE FROM client_secrets WHERE client_id = $1 AND expires_at <= $2", client_id, now)
        await self._db.run(
            """UPDATE client_secrets SET expires_at = $2
                WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2)""",
            client_id,
            others_until,
        )
        await self._db.run(
            "INSERT INTO client_secrets (secret_hash, client_id, created_at) VALUES ($1, $2, $3)",
            secret_hash,
            client_id,
            now,
        )

    async def rehash(self, old: str, new: str) -> None:
        """Replace a secret's stored hash by its hash under a newer master secret."""
        await self._db.run("UPDATE client_secrets SET secret_hash = $2 WHERE secret_hash = $1", old, new)

    async def _one(self, condition: str, *values: str | int) -> Client | None:
        row = await self._db.one(f"SELECT {_COLUMNS} FROM clients WHERE {condition}", *values)
        return _client(row) if row else None


def _client(row: Row) -> Client:
    return Client(
        row["id"],
        row["name"],
        row["audience"],
        tuple(row["scopes"].split()),
        row["created_at"],
        Introspects(row["introspects"]),
    )

"""Credentials beside the password: passkeys, authenticator seeds and recovery codes."""

from collections.abc import Sequence

from vestibule.db.engine import Row
from vestibule.domain.credential import Credential, CredentialKind
from vestibule.domain.instant import Instant
from vestibule.repositories.repository import Repository, insert

_NAMES = tuple(Credential.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)
_ADD = insert("credentials", _NAMES)
_LIVE = "confirmed_at IS NOT NULL AND used_at IS NULL"


def _credential_of(row: Row) -> Credential:
    values = {name: row[name] for name in _NAMES}
    return Credential(**values | {"kind": CredentialKind(values["kind"])})


class Credentials(Repository):
    """Rows of `credentials`. A row is live when it is confirmed and not used up."""

    async def add(self, credential: Credential) -> None:
        """Insert a credential. Raises AlreadyExists when the passkey is already registered, to this or another user."""
        await self._db.run(_ADD, *(getattr(credential, name) for name in _NAMES))

    async def find(self, user_id: str, credential_id: str) -> Credential | None:
        """Return one credential of a user by its id, confirmed or not; None when there is none."""
        sql = f"SELECT {_COLUMNS} FROM credentials WHERE id = $1 AND user_id = $2"
        row = await self._db.one(sql, credential_id, user_id)
        return None if row is None else _credential_of(row)

    async def find_by_lookup(self, kind: CredentialKind, lookup: str) -> Credential | None:
        """Return the live credential of a kind with this `lookup` value, of any user; None when there is none."""
        sql = f"SELECT {_COLUMNS} FROM credentials WHERE kind = $1 AND lookup = $2 AND {_LIVE}"
        row = await self._db.one(sql, kind.value, lookup)
        return None if row is None else _credential_of(row)

    async def list(self, user_id: str, kind: CredentialKind) -> Sequence[Credential]:
        """Return a user's live credentials of one kind, oldest first."""
        sql = f"SELECT {_COLUMNS} FROM credentials WHERE user_id = $1 AND kind = $2 AND {_LIVE} ORDER BY created_at, id"
        rows = await self._db.all(sql, user_id, kind.value)
        return [_credential_of(row) for row in rows]

    async def all_live(self, user_id: str) -> Sequence[Credential]:
        """Return all live credentials of a user, oldest first."""
        sql = f"SELECT {_COLUMNS} FROM credentials WHERE user_id = $1 AND {_LIVE} ORDER BY created_at, id"
        rows = await self._db.all(sql, user_id)
        return [_credential_of(row) for row in rows]

    async def all_of(self, user_id: str) -> Sequence[Credential]:
        """Return all credentials of a user, also unconfirmed and used-up ones, ordered by id."""
        rows = await self._db.all(f"SELECT {_COLUMNS} FROM credentials WHERE user_id = $1 ORDER BY id", user_id)
        return [_credential_of(row) for row in rows]

    async def kinds(self, user_id: str) -> frozenset[CredentialKind]:
        """Return the kinds of which a user has a live credential."""
        rows = await self._db.all(f"SELECT DISTINCT kind FROM credentials WHERE user_id = $1 AND {_LIVE}", user_id)
        return frozenset(CredentialKind(row["kind"]) for row in rows)

    async def advance(self, credential_id: str, counter: int, now: Instant) -> bool:
        """Record a use with the credential's new counter; False when the stored counter is not lower.

        A counter that stays 0 (synced passkeys have none) is accepted again and again.
        """
        sql = f"""UPDATE credentials SET counter = $2, last_used_at = $3
            WHERE id = $1 AND {_LIVE} AND (counter < $2 OR (counter = 0 AND $2 = 0))"""
        return await self._db.run(sql, credential_id, counter, now) == 1

    async def use_up(self, credential_id: str, now: Instant) -> bool:
        """Use a credential up. False when it was already used up or is not live: it works once."""
        sql = f"UPDATE credentials SET used_at = $2, last_used_at = $2 WHERE id = $1 AND {_LIVE}"
        return await self._db.run(sql, credential_id, now) == 1

    async def rename(self, user_id: str, credential_id: str, name: str) -> bool:
        """Rename a user's live credential. False when there is none of this id."""
        sql = f"UPDATE credentials SET name = $3 WHERE id = $1 AND user_id = $2 AND {_LIVE}"
        return await self._db.run(sql, credential_id, user_id, name) == 1

    async def remove(self, user_id: str, credential_id: str) -> bool:
        """Delete one credential of a user. False when there is none of this id."""
        return await self._db.run("DELETE FROM credentials WHERE id = $1 AND user_id = $2", credential_id, user_id) == 1

    async def remove_kind(self, user_id: str, kind: CredentialKind) -> int:
        """Delete all credentials of one kind of a user. Returns how many."""
        return await self._db.run("DELETE FROM credentials WHERE user_id = $1 AND kind = $2", user_id, kind.value)

    async def remove_since(self, user_id: str, since: Instant) -> int:
        """Delete a user's credentials that were added at `since` or later (0: all). Returns how many."""
        return await self._db.run("DELETE FROM credentials WHERE user_id = $1 AND created_at >= $2", user_id, since)

    async def remove_all(self, user_id: str) -> int:
        """Delete every credential of a user. Returns how many."""
        return await self._db.run("DELETE FROM credentials WHERE user_id = $1", user_id)

"""API keys, alone and joined with their owner (a user or a client)."""

from collections.abc import Sequence
from typing import Any

from vestibule.db.engine import Row
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.api_key import AMR, ApiKey
from vestibule.domain.instant import NEVER, Instant
from vestibule.domain.session import SessionType
from vestibule.repositories.active import ROLES, roles_of
from vestibule.repositories.hot import hot
from vestibule.repositories.repository import RevokingRepository, delete_some, insert

_NAMES = tuple(ApiKey.__dataclass_fields__)
_COLUMNS = ", ".join(f"k.{name}" for name in _NAMES)
_ADD = insert("api_keys", (*_NAMES, "key_hash"))
# $2 is the time. A user's key ends under the same conditions as a session, except for the idle expiry; a client's key
# ends with its client.
_JOINED = "api_keys k LEFT JOIN users u ON u.id = k.user_id LEFT JOIN clients c ON c.id = k.client_id"
_GOOD = """k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) AND (k.client_id IS NOT NULL
    OR (u.disabled_at IS NULL AND u.deleted_at IS NULL AND u.not_before <= k.created_at))"""
_CHECK = {
    dialect: f"""SELECT {_COLUMNS}, c.name AS client_name, u.username, u.email, u.email_verified_at,
            u.name AS full_name, u.first_name, u.last_name, u.locale, u.time_zone, u.profile,
            u.created_at AS born_at, u.last_login_at, {roles}
        FROM {_JOINED} WHERE k.key_hash = $1 AND {_GOOD}"""
    for dialect, roles in ROLES.items()
}


class ApiKeys(RevokingRepository):
    """Rows of `api_keys`, each with the keyed hash of its secret; a key belongs to a user or to a client."""

    async def add(self, key: ApiKey, key_hash: str) -> None:
        """Insert a key with the keyed hash of its secret."""
        values = [" ".join(key.scopes) if name == "scopes" else getattr(key, name) for name in _NAMES]
        await self._db.run(_ADD, *values, key_hash)

    @hot
    async def check(self, key_hash: str, now: Instant) -> ActiveSession | None:
        """Return a valid key and its owner in the form of an active session; None when it is unknown or not valid."""
        row = await self._db.one(_CHECK[self._db.dialect], key_hash, now)
        return _session(row) if row else None

    async def list(self, owner: str, now: Instant) -> Sequence[ApiKey]:
        """Return the valid keys of a user or a client (`owner` is the id), newest first."""
        sql = f"""SELECT {_COLUMNS} FROM {_JOINED} WHERE (k.user_id = $1 OR k.client_id = $1) AND {_GOOD}
            ORDER BY k.created_at DESC, k.id DESC"""
        rows = await self._db.all(sql, owner, now)
        return [_key(row) for row in rows]

    @hot
    async def touch(self, key_id: str, now: Instant) -> None:
        """Record that a key was used at `now`."""
        await self._db.run("UPDATE api_keys SET last_used_at = $2 WHERE id = $1", key_id, now)

    async def rehash(self, old: str, new: str) -> None:
        """Replace a key's stored hash by its hash under a newer master secret."""
        await self._db.run("UPDATE api_keys SET key_hash = $2 WHERE key_hash = $1", old, new)

    async def revoke(self, key_id: str, owner: str, now: Instant) -> bool:
        """Revoke one key. False when this owner (user or client) has no such unrevoked key."""
        sql = """UPDATE api_keys SET revoked_at = $3
            WHERE id = $1 AND (user_id = $2 OR client_id = $2) AND revoked_at IS NULL"""
        changed = await self._db.run(sql, key_id, owner, now)
        if changed:
            self._revoked.add(key_id)
        return changed == 1

    async def revoke_all(self, owner: str, now: Instant) -> int:
        """Revoke every key of a user. Returns how many this call revoked."""
        sql = "UPDATE api_keys SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL RETURNING id"
        rows = await self._db.all(sql, owner, now)
        self._revoked.update(row["id"] for row in rows)
        return len(rows)

    async def purge(self, ended_before: Instant, count: int) -> int:
        """Delete up to `count` keys that were revoked or expired before `ended_before`. Returns how many."""
        return await self._db.run(delete_some("api_keys", "revoked_at < $1 OR expires_at < $1"), ended_before, count)


def _key(row: Row) -> ApiKey:
    values: dict[str, Any] = {name: row[name] for name in _NAMES}
    return ApiKey(**values | {"scopes": tuple(row["scopes"].split())})


def _session(row: Row) -> ActiveSession:
    expires = row["expires_at"] or NEVER
    return ActiveSession(
        id=row["id"],
        user_id=row["user_id"] or row["client_id"],
        type=SessionType.TOKEN,
        amr=AMR,
        aal=1,
        authenticated_at=row["created_at"],
        last_seen_at=row["last_used_at"] or 0,
        idle_expires_at=expires,
        absolute_expires_at=expires,
        # No username contains a colon, so a client's name cannot equal a user's.
        username=row["username"] or f"client:{row['client_name']}",
        email=row["email"] or "",
        email_verified_at=row["email_verified_at"],
        name=row["full_name"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        locale=row["locale"],
        time_zone=row["time_zone"],
        profile=row["profile"] or "{}",
        created_at=row["born_at"] or row["created_at"],
        last_login_at=row["last_login_at"],
        roles=roles_of(row),
        scopes=tuple(row["scopes"].split()),
    )

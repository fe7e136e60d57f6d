"""Roles, and the users that have them."""

from collections.abc import Sequence

from vestibule.domain.instant import Instant
from vestibule.repositories.repository import RevokingRepository


class Roles(RevokingRepository):
    """Rows of `roles` and `user_roles`. A change makes cached answers about the user invalid."""

    async def of(self, user_id: str) -> Sequence[str]:
        """Return the names of a user's roles in alphabetical order."""
        rows = await self._db.all("SELECT role FROM user_roles WHERE user_id = $1 ORDER BY role", user_id)
        return [row["role"] for row in rows]

    async def grant(self, user_id: str, role: str, now: Instant) -> bool:
        """Grant a role, creating it on first use. False when the user already has it."""
        self._revoked.add(user_id)
        await self._db.run("INSERT INTO roles (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", role, now)
        sql = "INSERT INTO user_roles (user_id, role, granted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        return await self._db.run(sql, user_id, role, now) == 1

    async def revoke(self, user_id: str, role: str) -> bool:
        """Revoke a role. False when the user does not have it."""
        self._revoked.add(user_id)
        return await self._db.run("DELETE FROM user_roles WHERE user_id = $1 AND role = $2", user_id, role) == 1

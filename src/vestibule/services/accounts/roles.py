"""Roles: granted and revoked by operators."""

from collections.abc import Sequence

from vestibule.domain.audit import Action
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog


class Roles:
    """Lists, grants and revokes the roles of users, by name."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    async def of(self, user_id: str) -> Sequence[str]:
        """Return the names of the user's roles."""
        async with self._database.reading() as work:
            return await work.roles.of(user_id)

    async def grant(self, user_id: str, role: str) -> bool:
        """Grant a role. Returns whether the user did not have it before. The caller has validated the name."""
        async with self._database.writing() as work:
            changed = await work.roles.grant(user_id, role, self._clock.now())
            if changed:
                await self._audit.record_by_operator(work, Action.ROLE_GRANTED, subject=user_id, role=role)
        return changed

    async def revoke(self, user_id: str, role: str) -> bool:
        """Revoke a role. Returns whether the user had it."""
        async with self._database.writing() as work:
            changed = await work.roles.revoke(user_id, role)
            if changed:
                await self._audit.record_by_operator(work, Action.ROLE_REVOKED, subject=user_id, role=role)
        return changed

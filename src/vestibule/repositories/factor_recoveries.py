"""Factor recoveries: requests to remove a lost second factor after a wait."""

from vestibule.domain.credential import FactorRecovery
from vestibule.domain.instant import Instant
from vestibule.repositories.repository import Repository, delete_some, insert

_NAMES = tuple(FactorRecovery.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)
_ADD = insert("factor_recoveries", _NAMES)


class FactorRecoveries(Repository):
    """Rows of `factor_recoveries`."""

    async def add(self, recovery: FactorRecovery) -> None:
        """Insert a request."""
        await self._db.run(_ADD, *(getattr(recovery, name) for name in _NAMES))

    async def find_open(self, user_id: str, now: Instant) -> FactorRecovery | None:
        """Return a user's newest request that is neither ended nor expired; None when there is none."""
        sql = f"""SELECT {_COLUMNS} FROM factor_recoveries
            WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 1"""
        row = await self._db.one(sql, user_id, now)
        return None if row is None else FactorRecovery(**{name: row[name] for name in _NAMES})

    async def complete(self, recovery_id: str, now: Instant) -> bool:
        """Complete a request whose wait is over. False when it is not over, was cancelled, has expired or was already
        completed.
        """
        sql = """UPDATE factor_recoveries SET ended_at = $2, outcome = 'completed'
            WHERE id = $1 AND ended_at IS NULL AND ready_at <= $2 AND expires_at > $2"""
        return await self._db.run(sql, recovery_id, now) == 1

    async def cancel(self, user_id: str, now: Instant) -> int:
        """Cancel every open request of a user. Returns how many."""
        sql = """UPDATE factor_recoveries SET ended_at = $2, outcome = 'cancelled'
            WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2"""
        return await self._db.run(sql, user_id, now)

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` requests that expired before `expired_before`. Returns how many."""
        return await self._db.run(delete_some("factor_recoveries", "expires_at < $1"), expired_before, count)

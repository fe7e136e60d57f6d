"""The restore cutoff: voids everything issued before, after a database was restored from a backup.

Without it, a session or token that was revoked after the backup would be valid again.
"""

from vestibule.domain.instant import Instant
from vestibule.repositories.repository import RevokingRepository

_STATEMENTS = (
    "UPDATE users SET not_before = $1",
    "UPDATE sessions SET revoked_at = $1, revoke_reason = 'backup_restored' WHERE revoked_at IS NULL",
    "UPDATE api_keys SET revoked_at = $1 WHERE revoked_at IS NULL",
    "UPDATE one_time_codes SET voided_at = $1 WHERE used_at IS NULL AND voided_at IS NULL",
    "UPDATE login_attempts SET finished_at = $1 WHERE finished_at IS NULL",
)
# A generation that is not in the table is a gap: every worker that follows the revocations empties its cache.
_GAP = "UPDATE revocation_generation SET generation = generation + 1"
_DELETIONS = ("DELETE FROM trusted_devices", "DELETE FROM leases", "DELETE FROM outbox")


class RestoreCutoffs(RevokingRepository):
    """Voids all sessions, tokens, codes and keys at once, across the tables that hold them."""

    async def begin(self, now: Instant) -> int:
        """End every session, token, API key, link, code, attempt and trusted device, and empty the outbox.

        Returns how many sessions were ended.
        """
        ended = 0
        for sql in _STATEMENTS:
            changed = await self._db.run(sql, now)
            ended = changed if "sessions" in sql else ended
        for sql in (*_DELETIONS, _GAP):
            await self._db.run(sql)
        self._revoked.add("all")
        return ended

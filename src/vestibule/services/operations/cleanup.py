"""Removes rows whose time is over, in small batches, so that no lock is held for long."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vestibule.domain.instant import DAY, HOUR, MINUTE, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database, UnitOfWork

_BATCH = 500
_Purge = Callable[[UnitOfWork, Instant], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long rows are kept after they ended, in microseconds."""

    sessions: Duration
    audit: Duration
    refreshes: Duration
    deleted: Duration


class Cleanup:
    """Removes everything that has expired, table by table."""

    def __init__(self, database: Database, clock: Clock, retention: RetentionPolicy) -> None:
        self._database = database
        self._clock = clock
        self._steps: dict[str, tuple[Duration, _Purge]] = {
            "successors": (3 * MINUTE, lambda work, when: work.refresh_tokens.forget_successors(when, _BATCH)),
            "refresh_tokens": (DAY, lambda work, when: work.refresh_tokens.purge(when, _BATCH)),
            "one_time_codes": (DAY, lambda work, when: work.one_time_codes.purge(when, _BATCH)),
            "login_attempts": (HOUR, lambda work, when: work.login_attempts.purge(when, _BATCH)),
            "trusted_devices": (HOUR, lambda work, when: work.trusted_devices.purge(when, _BATCH)),
            "api_keys": (30 * DAY, lambda work, when: work.api_keys.purge(when, _BATCH)),
            "revoked_tokens": (HOUR, lambda work, when: work.revoked_tokens.purge(when, _BATCH)),
            "factor_recoveries": (30 * DAY, lambda work, when: work.factor_recoveries.purge(when, _BATCH)),
            "deleted_users": (retention.deleted, lambda work, when: work.users.erase(when, _BATCH)),
            "pending_users": (0, lambda work, when: work.users.purge_pending(when, _BATCH)),
            "rate_limits": (HOUR, lambda work, when: work.rate_limits.purge(when, _BATCH)),
            "hash_profiles": (180 * DAY, lambda work, when: work.hash_profiles.purge(when)),
            "sign_in_tallies": (DAY, lambda work, when: work.sign_in_tallies.purge(when)),
            "outbox": (7 * DAY, lambda work, when: work.outbox.purge(when, _BATCH)),
            "sessions": (retention.sessions, lambda work, when: work.sessions.purge(when, _BATCH)),
            "revocations": (DAY, lambda work, _: work.revocations.purge(_BATCH)),
            "signing_keys": (DAY, lambda work, when: work.signing_keys.purge(when, _BATCH)),
            "refreshes": (retention.refreshes, lambda work, when: work.audit_events.purge_refreshes(when, _BATCH)),
            "audit_events": (retention.audit, lambda work, when: work.audit_events.purge(when, _BATCH)),
        }

    async def sweep(self) -> dict[str, int]:
        """Remove everything that has expired. Returns how many rows were removed, by table."""
        return {name: await self._drain(keep, purge) for name, (keep, purge) in self._steps.items()}

    async def _drain(self, keep: Duration, purge: _Purge) -> int:
        total = 0
        while True:
            async with self._database.writing() as work:
                gone = await purge(work, self._clock.now() - keep)
            total += gone
            if gone < _BATCH:
                return total

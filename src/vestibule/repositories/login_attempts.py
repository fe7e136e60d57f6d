"""Half-finished logins."""

import json

from vestibule.db.engine import Connection, Row
from vestibule.domain.instant import Instant
from vestibule.domain.login import Evidence, Factor, LoginAttempt
from vestibule.domain.session import Door


def _attempt_of(row: Row) -> LoginAttempt:
    evidence = tuple(Evidence(e["method"], Factor(e["factor"]), e["at"]) for e in json.loads(row["evidence"]))
    return LoginAttempt(
        id=row["id"],
        door=Door(row["door"]),
        user_id=row["user_id"],
        evidence=evidence,
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )


class LoginAttempts:
    """Rows of `login_attempts`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def save(self, attempt: LoginAttempt) -> None:
        """Add the attempt, or replace what was gathered so far."""
        evidence = json.dumps([{"method": e.method, "factor": e.factor, "at": e.at} for e in attempt.evidence])
        await self._db.run(
            """INSERT INTO login_attempts (id, door, user_id, evidence, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, evidence = excluded.evidence""",
            attempt.id,
            attempt.door.value,
            attempt.user_id,
            evidence,
            attempt.created_at,
            attempt.expires_at,
        )

    async def find_open(self, attempt_id: str, now: Instant) -> LoginAttempt | None:
        """An attempt that is neither finished nor expired."""
        row = await self._db.one(
            """SELECT id, door, user_id, evidence, created_at, expires_at FROM login_attempts
                WHERE id = $1 AND finished_at IS NULL AND expires_at > $2""",
            attempt_id,
            now,
        )
        return None if row is None else _attempt_of(row)

    async def finish(self, attempt_id: str, now: Instant) -> bool:
        """Whether this call ended the attempt: it becomes one session at most."""
        return (
            await self._db.run(
                "UPDATE login_attempts SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL AND expires_at > $2",
                attempt_id,
                now,
            )
            == 1
        )

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Remove up to `count` attempts that expired before this."""
        return await self._db.run(
            """DELETE FROM login_attempts WHERE id IN
                (SELECT id FROM login_attempts WHERE expires_at < $1 LIMIT $2)""",
            expired_before,
            count,
        )

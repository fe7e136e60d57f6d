"""Half-finished logins: one row each, and every change is made against what was read."""

import json

from vestibule.db.engine import Connection, Row
from vestibule.domain.instant import Instant
from vestibule.domain.login import Evidence, Factor, LoginAttempt, Purpose
from vestibule.domain.session import Door

_NAMES = tuple(LoginAttempt.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)
_MARKS = ", ".join(f"${n}" for n in range(1, len(_NAMES) + 1))
_OPEN = "finished_at IS NULL AND expires_at > $2"


def _attempt_of(row: Row) -> LoginAttempt:
    values = {name: row[name] for name in _NAMES}
    values["purpose"], values["door"] = Purpose(values["purpose"]), Door(values["door"])
    values["notes"] = json.loads(values["notes"])
    values["evidence"] = tuple(
        Evidence(e["method"], frozenset(map(Factor, e["factors"])), e["amr"], e["at"])
        for e in json.loads(values["evidence"])
    )
    return LoginAttempt(**values)


def _evidence(attempt: LoginAttempt) -> str:
    proofs = [{"method": e.method, "factors": sorted(e.factors), "amr": e.amr, "at": e.at} for e in attempt.evidence]
    return json.dumps(proofs)


def _notes(attempt: LoginAttempt) -> str:
    return json.dumps(dict(attempt.notes), sort_keys=True)


class LoginAttempts:
    """Rows of `login_attempts`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, attempt: LoginAttempt) -> None:
        """A new attempt."""
        values = {name: getattr(attempt, name) for name in _NAMES}
        values |= {"evidence": _evidence(attempt), "notes": _notes(attempt)}
        values |= {"purpose": attempt.purpose.value, "door": attempt.door.value}
        await self._db.run(f"INSERT INTO login_attempts ({_COLUMNS}) VALUES ({_MARKS})", *values.values())

    async def find_open(self, attempt_id: str, now: Instant) -> LoginAttempt | None:
        """An attempt that is neither finished nor expired."""
        row = await self._db.one(f"SELECT {_COLUMNS} FROM login_attempts WHERE id = $1 AND {_OPEN}", attempt_id, now)
        return None if row is None else _attempt_of(row)

    async def find_for_session(self, session_id: str, purpose: Purpose, now: Instant) -> LoginAttempt | None:
        """The newest open attempt of a session."""
        row = await self._db.one(
            f"""SELECT {_COLUMNS} FROM login_attempts WHERE session_id = $1 AND {_OPEN} AND purpose = $3
                ORDER BY id DESC LIMIT 1""",
            session_id,
            now,
            purpose.value,
        )
        return None if row is None else _attempt_of(row)

    async def reserve(self, attempt_id: str, most: int, now: Instant) -> bool:
        """Take one of the attempt's submissions, before anything is checked; False when none is left."""
        return (
            await self._db.run(
                f"""UPDATE login_attempts SET submissions = submissions + 1
                    WHERE id = $1 AND {_OPEN} AND submissions < $3""",
                attempt_id,
                now,
                most,
            )
            == 1
        )

    async def replace(self, before: LoginAttempt, after: LoginAttempt, now: Instant) -> bool:
        """Keep what was gathered; False when somebody changed, finished or outlived the attempt meanwhile."""
        return (
            await self._db.run(
                f"""UPDATE login_attempts SET user_id = $3, evidence = $4, notes = $5
                    WHERE id = $1 AND {_OPEN} AND evidence = $6 AND notes = $7""",
                before.id,
                now,
                after.user_id,
                _evidence(after),
                _notes(after),
                _evidence(before),
                _notes(before),
            )
            == 1
        )

    async def finish(self, attempt_id: str, now: Instant) -> bool:
        """Whether this call ended the attempt: it becomes one session at most."""
        return (
            await self._db.run(f"UPDATE login_attempts SET finished_at = $2 WHERE id = $1 AND {_OPEN}", attempt_id, now)
            == 1
        )

    async def finish_all(self, user_id: str, now: Instant, *, keep: str = "") -> None:
        """The account changed: whatever was begun before starts anew, but for `keep`."""
        await self._db.run(
            "UPDATE login_attempts SET finished_at = $2 WHERE user_id = $1 AND finished_at IS NULL AND id <> $3",
            user_id,
            now,
            keep,
        )

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Remove up to `count` attempts that expired before this."""
        return await self._db.run(
            """DELETE FROM login_attempts WHERE id IN
                (SELECT id FROM login_attempts WHERE expires_at < $1 LIMIT $2)""",
            expired_before,
            count,
        )

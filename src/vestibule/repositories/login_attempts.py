"""Login attempts: one row each; a change is written only if the row is still as it was read."""

import json

from vestibule.db.engine import Row
from vestibule.domain.instant import Instant
from vestibule.domain.login import AttemptPurpose, Evidence, Factor, LoginAttempt
from vestibule.domain.pending import PendingItems
from vestibule.domain.session import SessionType
from vestibule.repositories.repository import Repository, delete_some, marks

_NAMES = tuple(LoginAttempt.__dataclass_fields__)
_COLUMNS = ", ".join("notes" if name == "pending" else name for name in _NAMES)
_ADD = f"INSERT INTO login_attempts ({_COLUMNS}) VALUES ({marks(len(_NAMES))})"
_OPEN = "finished_at IS NULL AND expires_at > $2"


def _attempt_of(row: Row) -> LoginAttempt:
    values = {name: row[name] for name in _NAMES if name != "pending"}
    values["purpose"], values["session_type"] = AttemptPurpose(values["purpose"]), SessionType(values["session_type"])
    values["pending"] = PendingItems(json.loads(row["notes"]))
    values["evidence"] = tuple(
        Evidence(e["method"], frozenset(map(Factor, e["factors"])), e["amr"], e["at"])
        for e in json.loads(values["evidence"])
    )
    return LoginAttempt(**values)


def _evidence(attempt: LoginAttempt) -> str:
    proofs = [{"method": e.method, "factors": sorted(e.factors), "amr": e.amr, "at": e.at} for e in attempt.evidence]
    return json.dumps(proofs)


def _pending(attempt: LoginAttempt) -> str:
    return json.dumps(dict(attempt.pending.texts), sort_keys=True)


class LoginAttempts(Repository):
    """Rows of `login_attempts`. One is open until it is finished or has expired."""

    async def add(self, attempt: LoginAttempt) -> None:
        """Insert an attempt."""
        values = {name: getattr(attempt, name) for name in _NAMES}
        values |= {"evidence": _evidence(attempt), "pending": _pending(attempt)}
        values |= {"purpose": attempt.purpose.value, "session_type": attempt.session_type.value}
        await self._db.run(_ADD, *values.values())

    async def find_open(self, attempt_id: str, now: Instant) -> LoginAttempt | None:
        """Return an attempt that is neither finished nor expired, or None."""
        row = await self._db.one(f"SELECT {_COLUMNS} FROM login_attempts WHERE id = $1 AND {_OPEN}", attempt_id, now)
        return None if row is None else _attempt_of(row)

    async def find_for_session(self, session_id: str, purpose: AttemptPurpose, now: Instant) -> LoginAttempt | None:
        """Return the newest open attempt of a session for this purpose, or None."""
        sql = f"""SELECT {_COLUMNS} FROM login_attempts WHERE session_id = $1 AND {_OPEN} AND purpose = $3
            ORDER BY id DESC LIMIT 1"""
        row = await self._db.one(sql, session_id, now, purpose.value)
        return None if row is None else _attempt_of(row)

    async def reserve(self, attempt_id: str, most: int, now: Instant) -> bool:
        """Count one submission of an attempt, before anything is checked. False when `most` are used, or the attempt is
        not open.
        """
        sql = f"""UPDATE login_attempts SET submissions = submissions + 1
            WHERE id = $1 AND {_OPEN} AND submissions < $3"""
        return await self._db.run(sql, attempt_id, now, most) == 1

    async def replace(self, before: LoginAttempt, after: LoginAttempt, now: Instant) -> bool:
        """Store the collected evidence and the pending items. False when the attempt was changed or finished, or
        expired, since it was read.
        """
        return (
            await self._db.run(
                f"""UPDATE login_attempts SET user_id = $3, evidence = $4, notes = $5
                    WHERE id = $1 AND {_OPEN} AND evidence = $6 AND notes = $7""",
                before.id,
                now,
                after.user_id,
                _evidence(after),
                _pending(after),
                _evidence(before),
                _pending(before),
            )
            == 1
        )

    async def finish(self, attempt_id: str, now: Instant) -> bool:
        """Finish an attempt. False when it was not open any more: an attempt becomes one session at most."""
        return (
            await self._db.run(f"UPDATE login_attempts SET finished_at = $2 WHERE id = $1 AND {_OPEN}", attempt_id, now)
            == 1
        )

    async def finish_all(self, user_id: str, now: Instant, *, keep: str = "") -> None:
        """Finish all open attempts of a user except `keep`, because the account changed and they must start anew."""
        sql = "UPDATE login_attempts SET finished_at = $2 WHERE user_id = $1 AND finished_at IS NULL AND id <> $3"
        await self._db.run(sql, user_id, now, keep)

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` attempts that expired before `expired_before`. Returns how many."""
        return await self._db.run(delete_some("login_attempts", "expires_at < $1"), expired_before, count)

"""The birth of a session, with all that belongs to it: the only statement that adds one."""

import json

from vestibule.db.engine import Connection, Value
from vestibule.domain.audit import AuditEvent
from vestibule.domain.session import Session
from vestibule.domain.sign_in import SignIn
from vestibule.repositories.active import ROLES

_SESSION = tuple(Session.__dataclass_fields__)
_EVENT = tuple(AuditEvent.__dataclass_fields__)
_FIRST = 9  # parameters before the session's


def _marks(first: int, count: int) -> str:
    return ", ".join(f"${n}" for n in range(first, first + count))


def _proved(second_factor: str) -> str:
    """The user's row is held until the transaction ends: no reset, no new factor passes between proof and session."""
    return f"""UPDATE users SET last_login_at = $2 WHERE id = $1 AND disabled_at IS NULL AND deleted_at IS NULL
        AND pending_until IS NULL AND COALESCE(password_changed_at, 0) = $3
        AND COALESCE(second_factor_at, 0) = {second_factor}"""


_ADD_SESSION = f"INSERT INTO sessions ({', '.join(_SESSION)})"
_ADD_ROOT = "INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at)"
_ADD_EVENT = f"INSERT INTO audit_events ({', '.join(_EVENT)})"
_OPEN = f"""
    WITH proved AS ({_proved("$8")} RETURNING id),
    born AS ({_ADD_SESSION} SELECT {_marks(_FIRST, len(_SESSION))} FROM proved),
    rooted AS ({_ADD_ROOT} SELECT $5, $4, $2, $6 FROM proved WHERE $5 <> ''),
    noted AS ({_ADD_EVENT} SELECT {_marks(_FIRST + len(_SESSION), len(_EVENT))} FROM proved),
    released AS (DELETE FROM rate_limits WHERE key = ANY(CAST($7 AS TEXT[])) AND EXISTS (SELECT 1 FROM proved))
    SELECT {ROLES["postgresql"]} FROM proved u"""
_ROLES_OF = f"SELECT {ROLES['sqlite']} FROM users u WHERE id = $1"


class SignIns:
    """Sessions as they are born."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def open(self, given: SignIn) -> tuple[str, ...] | None:
        """The user's roles; None, and nothing happened, when the user was disabled, deleted or given a new password
        since it was proved. The failures counted under `failure_keys` are forgotten.
        """
        session = given.session
        born: list[Value] = [json.dumps(session.amr) if name == "amr" else getattr(session, name) for name in _SESSION]
        noted: list[Value] = [getattr(given.event, name) for name in _EVENT]
        if self._db.dialect == "sqlite":
            return await self._open_in_steps(given, born, noted)
        row = await self._db.one(
            _OPEN,
            session.user_id,
            session.created_at,
            given.password_changed_at,
            session.id,
            given.refresh_hash,
            given.refresh_expires_at,
            given.failure_keys,
            given.second_factor_at,
            *born,
            *noted,
        )
        return None if row is None else tuple(sorted((row["roles"] or "").split()))

    async def _open_in_steps(self, given: SignIn, born: list[Value], noted: list[Value]) -> tuple[str, ...] | None:
        """The same where only one transaction writes at a time."""
        session = given.session
        if not await self._db.run(
            _proved("$4"), session.user_id, session.created_at, given.password_changed_at, given.second_factor_at
        ):
            return None
        await self._db.run(f"{_ADD_SESSION} VALUES ({_marks(1, len(born))})", *born)
        if given.refresh_hash:
            await self._db.run(
                f"{_ADD_ROOT} VALUES ($1, $2, $3, $4)",
                given.refresh_hash,
                session.id,
                session.created_at,
                given.refresh_expires_at,
            )
        await self._db.run(f"{_ADD_EVENT} VALUES ({_marks(1, len(noted))})", *noted)
        for key in given.failure_keys:
            await self._db.run("DELETE FROM rate_limits WHERE key = $1", key)
        row = await self._db.one(_ROLES_OF, session.user_id)
        return tuple(sorted((row["roles"] or "").split())) if row else ()

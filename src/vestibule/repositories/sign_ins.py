"""Completed sign-ins: the only statements that create a session, with everything that is written with it."""

import json

from vestibule.db.engine import Value
from vestibule.domain.audit import AuditEvent
from vestibule.domain.session import Session
from vestibule.domain.sign_in import SignIn
from vestibule.repositories.active import ROLES, roles_of
from vestibule.repositories.repository import Repository, marks

_SESSION = tuple(Session.__dataclass_fields__)
_EVENT = tuple(AuditEvent.__dataclass_fields__)
_FIRST = 10  # parameters before the session's


def _proved(second_factor: str, not_before: str) -> str:
    """The statement that checks that nothing changed since the proof. It locks the user's row until the transaction
    ends, so that no reset and no new factor can come between proof and session.
    """
    return f"""UPDATE users SET last_login_at = $2 WHERE id = $1 AND disabled_at IS NULL AND deleted_at IS NULL
        AND pending_until IS NULL AND COALESCE(password_changed_at, 0) = $3
        AND COALESCE(second_factor_at, 0) = {second_factor} AND not_before = {not_before}"""


_ADD_SESSION = f"INSERT INTO sessions ({', '.join(_SESSION)})"
_ADD_ROOT = "INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at)"
_ADD_EVENT = f"INSERT INTO audit_events ({', '.join(_EVENT)})"
_OPEN = f"""
    WITH proved AS ({_proved("$8", "$9")} RETURNING id),
    born AS ({_ADD_SESSION} SELECT {marks(len(_SESSION), _FIRST)} FROM proved),
    rooted AS ({_ADD_ROOT} SELECT $5, $4, $2, $6 FROM proved WHERE $5 <> ''),
    noted AS ({_ADD_EVENT} SELECT {marks(len(_EVENT), _FIRST + len(_SESSION))} FROM proved),
    released AS (DELETE FROM rate_limits WHERE key = ANY(CAST($7 AS TEXT[])) AND EXISTS (SELECT 1 FROM proved))
    SELECT {ROLES["postgresql"]} FROM proved u"""
_ROLES_OF = f"SELECT {ROLES['sqlite']} FROM users u WHERE id = $1"


class SignIns(Repository):
    """Creates sessions: rows of `sessions`, `refresh_tokens` and `audit_events`."""

    async def open(self, sign_in: SignIn) -> tuple[str, ...] | None:
        """Create a session and clear the failures counted under `failure_keys`. Returns the user's roles.

        None, with nothing written, when the user was disabled or deleted, is not confirmed, or changed the password or
        the demand for a second factor since the proof.
        """
        session = sign_in.session
        born: list[Value] = [json.dumps(session.amr) if name == "amr" else getattr(session, name) for name in _SESSION]
        noted: list[Value] = [getattr(sign_in.event, name) for name in _EVENT]
        if self._db.dialect == "sqlite":
            return await self._open_in_steps(sign_in, born, noted)
        row = await self._db.one(
            _OPEN,
            session.user_id,
            session.created_at,
            sign_in.password_changed_at,
            session.id,
            sign_in.refresh_hash,
            sign_in.refresh_expires_at,
            sign_in.failure_keys,
            sign_in.second_factor_at,
            sign_in.not_before,
            *born,
            *noted,
        )
        return None if row is None else roles_of(row)

    async def _open_in_steps(self, sign_in: SignIn, born: list[Value], noted: list[Value]) -> tuple[str, ...] | None:
        """Create the session in separate statements, for SQLite, where only one transaction writes at a time."""
        session = sign_in.session
        if not await self._db.run(
            _proved("$4", "$5"),
            session.user_id,
            session.created_at,
            sign_in.password_changed_at,
            sign_in.second_factor_at,
            sign_in.not_before,
        ):
            # The user changed since the proof, so it proves nothing about the account as it is now.
            return None
        await self._db.run(f"{_ADD_SESSION} VALUES ({marks(len(born))})", *born)
        if sign_in.refresh_hash:
            sql = f"{_ADD_ROOT} VALUES ($1, $2, $3, $4)"
            await self._db.run(sql, sign_in.refresh_hash, session.id, session.created_at, sign_in.refresh_expires_at)
        await self._db.run(f"{_ADD_EVENT} VALUES ({marks(len(noted))})", *noted)
        for key in sign_in.failure_keys:
            await self._db.run("DELETE FROM rate_limits WHERE key = $1", key)
        row = await self._db.one(_ROLES_OF, session.user_id)
        return roles_of(row) if row else ()

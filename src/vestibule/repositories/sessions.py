"""Sessions, alone and joined with their user and roles."""

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from vestibule.db.engine import Row
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.instant import Instant
from vestibule.domain.login import Assurance
from vestibule.domain.session import EndReason, Session, SessionType
from vestibule.domain.user import User
from vestibule.repositories.active import ACTIVE, ROLES, roles_of
from vestibule.repositories.hot import hot
from vestibule.repositories.repository import RevokingRepository, delete_some

_CHECKED_NAMES = tuple(name for name in ActiveSession._fields if name != "scopes")
_SESSION_TYPES = {session_type.value: session_type for session_type in SessionType}
_TYPE, _AMR = _CHECKED_NAMES.index("type"), _CHECKED_NAMES.index("amr")
_NAMES = tuple(Session.__dataclass_fields__)
_COLUMNS = ", ".join(f"s.{name} AS s_{name}" for name in _NAMES)
_USER_NAMES = tuple(User.__dataclass_fields__)
_USER_COLUMNS = ", ".join(f"u.{name} AS u_{name}" for name in _USER_NAMES)


def _session_of(row: Row) -> Session:
    values = {name: row["s_" + name] for name in _NAMES}
    values["type"] = SessionType(values["type"])
    values["amr"] = tuple(json.loads(values["amr"]))
    values["revoke_reason"] = EndReason(values["revoke_reason"]) if values["revoke_reason"] else None
    return Session(**values)


def _joined(row: Row) -> tuple[Session, User, tuple[str, ...]]:
    user = User(**{name: row["u_" + name] for name in _USER_NAMES})
    return _session_of(row), user, roles_of(row)


class CheckedBy(StrEnum):
    """The column of `sessions` by which a credential names its session: a cookie's hash, or a session id."""

    HASH = "token_hash"
    ID = "id"


@lru_cache(maxsize=256)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _checked(row: Row) -> ActiveSession:
    """Build an active session by position: `_CHECKED_COLUMNS` have the order of its fields, and the roles come last."""
    values: list[Any] = list(row)[: len(_CHECKED_NAMES) - 1]
    values[_TYPE], values[_AMR] = _SESSION_TYPES[values[_TYPE]], _words_of(values[_AMR])
    values.append(roles_of(row))
    return ActiveSession(*values)


class Sessions(RevokingRepository):
    """Rows of `sessions`: the active ones, joined with their user, and the ended ones until they are purged."""

    @hot
    async def find_active(self, session_id: str, now: Instant) -> tuple[Session, User, tuple[str, ...]] | None:
        """Return the active session with this id, its user and roles; None without one."""
        row = await self._db.one(_FIND[self._db.dialect], session_id, now)
        return None if row is None else _joined(row)

    @hot
    async def check(self, by: CheckedBy, keys: Sequence[str], now: Instant) -> dict[str, ActiveSession]:
        """Return the active sessions for these keys (token hashes or session ids), by key, in the compact form of a
        session check. Keys without an active session are missing.
        """
        if self._db.dialect == "postgresql":
            rows = await self._db.all(_CHECK["postgresql", by], keys, now)
        else:
            rows = [row for key in keys for row in await self._db.all(_CHECK["sqlite", by], key, now)]
        return {row["key"]: _checked(row) for row in rows}

    @hot
    async def lock_active(self, session_id: str, now: Instant) -> tuple[Session, User, tuple[str, ...]] | None:
        """Return the active session with this id, its user and roles, and lock its row until the transaction ends, so
        that a token family rotates one token at a time. None when there is none.
        """
        if self._db.dialect == "postgresql":
            await self._db.one("SELECT id FROM sessions WHERE id = $1 FOR UPDATE", session_id)
        return await self.find_active(session_id, now)

    async def list_active(self, user_id: str, now: Instant) -> Sequence[Session]:
        """Return a user's active sessions, those used last first."""
        sql = f"""SELECT {_COLUMNS} FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.user_id = $1 AND {ACTIVE} ORDER BY s.last_seen_at DESC, s.id DESC"""
        rows = await self._db.all(sql, user_id, now)
        return [_session_of(row) for row in rows]

    async def count_active(self, now: Instant) -> int:
        """Return how many sessions are neither revoked nor expired."""
        sql = """SELECT count(*) AS n FROM sessions
            WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1"""
        row = await self._db.one(sql, now)
        return int(row["n"]) if row else 0

    async def is_new_device(self, user_id: str, user_agent: str) -> bool:
        """Whether a user has stored sessions, but none with this User-Agent (purged sessions do not count)."""
        sql = """SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM sessions WHERE user_id = $1)
            AND NOT EXISTS (SELECT 1 FROM sessions WHERE user_id = $1 AND user_agent = $2)"""
        row = await self._db.one(sql, user_id, user_agent)
        return row is not None

    @hot
    async def touch_all(self, touches: Sequence[tuple[str, Instant, Instant]]) -> None:
        """Update last use and idle expiry of many sessions: tuples of session id, last seen, idle expiry.

        On PostgreSQL, rows that another transaction has locked are skipped; the next touch updates them.
        """
        if self._db.dialect == "postgresql":
            ids, seen, idle = zip(*touches, strict=True)
            await self._db.run(_TOUCH_ALL, ids, seen, idle)
            return
        await self._db.run_many(
            """UPDATE sessions SET last_seen_at = $2, idle_expires_at = $3
                WHERE id = $1 AND last_seen_at < $2 AND revoked_at IS NULL""",
            touches,
        )

    async def replace_token(self, session_id: str, old_hash: str, new_hash: str) -> bool:
        """Replace the token hash of a session. False when `old_hash` was replaced already, or the session has ended."""
        sql = "UPDATE sessions SET token_hash = $3 WHERE id = $1 AND token_hash = $2 AND revoked_at IS NULL"
        changed = await self._db.run(sql, session_id, old_hash, new_hash)
        return self._note(changed, session_id) == 1

    async def step_up(self, session: Session, proved: Assurance, new_hash: str | None) -> bool:
        """Store a step-up: the new assurance, and the hash of the session's new secret.

        False when the session's secret changed or the session ended since it was read.
        """
        changed = await self._db.run(
            """UPDATE sessions SET token_hash = $3, authenticated_at = $4, amr = $5, aal = $6
                WHERE id = $1 AND COALESCE(token_hash, '') = $2 AND revoked_at IS NULL""",
            session.id,
            session.token_hash or "",
            new_hash,
            proved.auth_time,
            json.dumps(proved.amr),
            proved.aal,
        )
        return self._note(changed, session.id) == 1

    async def end(self, session_id: str, user_id: str, reason: EndReason, now: Instant) -> bool:
        """End one session of a user. False when there is no such session, or it has ended already."""
        sql = """UPDATE sessions SET revoked_at = $4, revoke_reason = $3
            WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL"""
        changed = await self._db.run(sql, session_id, user_id, reason.value, now)
        return self._note(changed, session_id) == 1

    async def end_all(self, user_id: str, reason: EndReason, now: Instant, *, keep: str = "") -> int:
        """End all sessions of a user except `keep`. Returns how many."""
        sql = """UPDATE sessions SET revoked_at = $3, revoke_reason = $2
            WHERE user_id = $1 AND id <> $4 AND revoked_at IS NULL"""
        changed = await self._db.run(sql, user_id, reason.value, now, keep)
        return self._note(changed, user_id)

    async def purge(self, ended_before: Instant, count: int) -> int:
        """Delete up to `count` sessions that ended or expired before `ended_before`. Returns how many."""
        sql = delete_some("sessions", "revoked_at < $1 OR idle_expires_at < $1 OR absolute_expires_at < $1")
        return await self._db.run(sql, ended_before, count)

    def _note(self, changed: int, subject: str) -> int:
        if changed:
            self._revoked.add(subject)
        return changed


_FIND = {
    dialect: f"""SELECT {_COLUMNS}, {_USER_COLUMNS}, {roles}
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND {ACTIVE}"""
    for dialect, roles in ROLES.items()
}
_OF_SESSION = frozenset(_NAMES) - {"created_at"}
_CHECKED_COLUMNS = ", ".join(f"{'s' if name in _OF_SESSION else 'u'}.{name}" for name in _CHECKED_NAMES[:-1])
_CHECK = {
    (dialect, by): f"""SELECT {_CHECKED_COLUMNS}, {roles}, s.{by} AS key
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.{by} {equals} AND {ACTIVE}"""
    for dialect, roles, equals in (
        ("postgresql", ROLES["postgresql"], "= ANY(CAST($1 AS TEXT[]))"),
        ("sqlite", ROLES["sqlite"], "= $1"),
    )
    for by in CheckedBy
}
# SKIP LOCKED: a batch that waited for a row with others already locked could deadlock with a revocation.
_TOUCH_ALL = """
    UPDATE sessions SET last_seen_at = t.seen, idle_expires_at = t.idle
    FROM (SELECT s.id, v.seen, v.idle
        FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[])) AS v (id, seen, idle)
        JOIN sessions s ON s.id = v.id AND s.last_seen_at < v.seen AND s.revoked_at IS NULL
        FOR UPDATE OF s SKIP LOCKED) t
    WHERE sessions.id = t.id"""

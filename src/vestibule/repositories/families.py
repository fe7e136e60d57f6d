"""Rotation in token families (RFC 9700): a refresh token is consumed; its successor, the session's times and the audit
event are written with it.
"""

import json
from collections.abc import Sequence

from vestibule.db.engine import Row
from vestibule.domain.token import AccessTokenClaims, RotatedToken, Rotation, RotationTimes
from vestibule.repositories.active import ACTIVE, ROLES, roles_of
from vestibule.repositories.hot import hot
from vestibule.repositories.repository import Repository

_FAMILY = """s.id AS session_id, s.user_id, s.client_id, s.authenticated_at, s.amr, s.aal, s.absolute_expires_at,
    s.status_index"""
_EVENT = ("event_id", "address", "user_agent", "device_label", "request_id")
_STEP = ("token_hash", "successor_hash", "successor_sealed", *_EVENT)
_LOG = (
    "id, address, user_agent, device_label, request_id, occurred_at, action, actor_id, subject_id, session_id, detail"
)

# A whole batch of rotations in one statement, and so in one round trip and one commit. The session's row is the
# family's lock. A family that another transaction has locked is skipped: a batch that does not wait delays no other.
#
# The form leaves the planner no choice, whatever it believes about the tables: from a token's unique key to the token,
# from there to the session, from there to the user. Each step is a LATERAL subquery of one key, and OFFSET 0 keeps the
# planner from merging it with the others or moving a condition into it. The two updates find their rows by arrays of
# keys, since a join could also be done by reading the whole table.
_ROTATE = f"""
    WITH given AS (SELECT * FROM unnest({", ".join(f"CAST(${n} AS TEXT[])" for n in range(6, 14))})
        AS g ({", ".join(_STEP)})),
    family AS (
        SELECT g.*, {_FAMILY}, {ROLES["postgresql"]}
        FROM given g,
            LATERAL (SELECT * FROM refresh_tokens WHERE token_hash = g.token_hash OFFSET 0) t,
            LATERAL (SELECT * FROM sessions WHERE id = t.session_id AND t.consumed_at IS NULL AND t.expires_at > $2
                OFFSET 0 FOR UPDATE SKIP LOCKED) s,
            LATERAL (SELECT * FROM users WHERE id = s.user_id OFFSET 0) u
        WHERE {ACTIVE}),
    used AS (
        UPDATE refresh_tokens r SET (consumed_at, successor_hash, successor_sealed) =
            (SELECT $2, f.successor_hash, f.successor_sealed FROM family f WHERE f.token_hash = r.token_hash)
        WHERE r.token_hash = ANY(ARRAY(SELECT token_hash FROM family)) AND r.consumed_at IS NULL AND +r.expires_at > $2
        RETURNING r.token_hash),
    stepped AS (SELECT f.* FROM family f JOIN used ON used.token_hash = f.token_hash),
    added AS (
        INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at)
        SELECT successor_hash, session_id, $2, LEAST($3, absolute_expires_at) FROM stepped),
    seen AS (
        UPDATE sessions SET last_seen_at = $2, idle_expires_at = LEAST($4, absolute_expires_at)
        WHERE id = ANY(ARRAY(SELECT session_id FROM stepped))),
    noted AS (
        INSERT INTO audit_events ({_LOG})
        SELECT {", ".join(_EVENT)}, $2, $1, user_id, user_id, session_id, $5 FROM stepped)
    SELECT stepped.*, LEAST($3, absolute_expires_at) AS expires_at FROM stepped"""
_ROTATE_WAITING = _ROTATE.replace(" SKIP LOCKED", "")

_FIND = f"""SELECT {_FAMILY}, {ROLES["sqlite"]}
    FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id
    WHERE t.token_hash = $1 AND {ACTIVE}"""
_USE = """UPDATE refresh_tokens SET consumed_at = $2, successor_hash = $3, successor_sealed = $4
    WHERE token_hash = $1 AND consumed_at IS NULL AND expires_at > $2"""
_ADD = "INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)"
_SEE = "UPDATE sessions SET last_seen_at = $2, idle_expires_at = $3 WHERE id = $1"
_NOTE = f"INSERT INTO audit_events ({_LOG}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)"


def _rotated(row: Row, expires_at: int) -> RotatedToken:
    return RotatedToken(
        AccessTokenClaims(
            session_id=row["session_id"],
            user_id=row["user_id"],
            client_id=row["client_id"],
            authenticated_at=row["authenticated_at"],
            amr=tuple(json.loads(row["amr"])),
            aal=row["aal"],
            roles=roles_of(row),
            ends_at=row["absolute_expires_at"],
            status_index=row["status_index"],
        ),
        expires_at,
    )


class Families(Repository):
    """Token families: rows of `refresh_tokens` with those of `sessions` that they belong to."""

    @hot
    async def rotate(
        self, steps: Sequence[Rotation], times: RotationTimes, *, waiting: bool = False
    ) -> dict[str, RotatedToken]:
        """Rotate several refresh tokens at once. Returns the completed rotations by token hash.

        A missing one names a token that may not be used or, unless `waiting`, a family that another transaction has
        locked at this moment. No token may stand twice in `steps`.
        """
        # SQLite has neither row locks nor several writers, so that there is nothing to skip or to wait for.
        if self._db.dialect == "sqlite":
            taken = [(step.token_hash, await self._rotate_one(step, times)) for step in steps]
            return {token_hash: found for token_hash, found in taken if found}
        columns = zip(*(step.values for step in steps), strict=True)
        rows = await self._db.all(
            _ROTATE_WAITING if waiting else _ROTATE,
            times.action,
            times.now,
            times.successor_expires_at,
            times.idle_expires_at,
            times.detail,
            *columns,
        )
        return {row["token_hash"]: _rotated(row, row["expires_at"]) for row in rows}

    async def _rotate_one(self, step: Rotation, times: RotationTimes) -> RotatedToken | None:
        """Rotate one token in separate statements, for SQLite, where only one transaction writes at a time."""
        now, event = times.now, step.event
        family = await self._db.one(_FIND, step.token_hash, now)
        # The token is unknown, or its session or user is no longer active: it may not be used.
        if family is None:
            return None
        # It has expired or was consumed before. The condition of the UPDATE decides, so that a token is consumed once.
        if not await self._db.run(_USE, step.token_hash, now, step.successor_hash, step.successor_sealed):
            return None
        session_id, user_id, latest = family["session_id"], family["user_id"], family["absolute_expires_at"]
        expires = min(times.successor_expires_at, latest)
        await self._db.run(_ADD, step.successor_hash, session_id, now, expires)
        await self._db.run(_SEE, session_id, now, min(times.idle_expires_at, latest))
        await self._db.run(_NOTE, *event, now, times.action, user_id, session_id, times.detail)
        return _rotated(family, expires)

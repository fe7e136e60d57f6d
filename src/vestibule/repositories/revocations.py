"""Numbered revocations, and the generation up to which each worker with a session cache has applied them.

Generations are assigned under a row lock that is kept until the commit, so that they become visible in order and
without gaps. docs/architecture.md explains the protocol.
"""

from collections.abc import Iterable, Sequence

from vestibule.repositories.hot import hot
from vestibule.repositories.repository import Repository

_NUMBERED = """
    WITH bumped AS (UPDATE revocation_generation SET generation = generation + 1 RETURNING generation),
        logged AS (INSERT INTO revocations (generation, subjects) SELECT generation, $1 FROM bumped)
    SELECT generation"""
_PUBLISH = f"{_NUMBERED} FROM bumped"
# PostgreSQL delivers the notification when the transaction commits, and never when it does not. A list of subjects
# too long for a notification (8,000 bytes) is left out: listeners then read the table.
_NOTIFY = f"""{_NUMBERED}, pg_notify('vestibule_' || md5(current_schema()),
        generation || CASE WHEN length($1) < 7000 THEN ' ' || $1 ELSE '' END) FROM bumped"""

_KEPT = 10_000


def subjects_of(text: str) -> frozenset[str]:
    """Return the subjects that a row or a notification names: ids between spaces, in the form of every release."""
    return frozenset(text.split())


class Revocations(Repository):
    """Rows of `revocations`, `revocation_generation` and `cache_leases`."""

    @hot
    async def publish(self, subjects: Iterable[str], *, notify: bool) -> int:
        """Publish a revocation of everything cached about these subjects (ids of users, sessions, keys or clients).
        `notify`: by a notification too, which only PostgreSQL has.

        Returns its generation. Must be the last statement of its transaction: a transaction that has locked the
        counter must not wait for another one.
        """
        text = " ".join(sorted(subjects))
        if self._db.dialect == "postgresql":
            row = await self._db.one(_NOTIFY if notify else _PUBLISH, text)
        else:
            sql = "UPDATE revocation_generation SET generation = generation + 1 RETURNING generation"
            row = await self._db.one(sql)
            sql = "INSERT INTO revocations (generation, subjects) SELECT generation, $1 FROM revocation_generation"
            await self._db.run(sql, text)
        return int(row["generation"]) if row else 0

    @hot
    async def generation(self) -> int:
        """Return the newest generation."""
        row = await self._db.one("SELECT generation FROM revocation_generation")
        return int(row["generation"]) if row else 0

    @hot
    async def since(self, generation: int) -> Sequence[tuple[int, frozenset[str]]]:
        """Return the generations after this one with their subjects, in order.

        Purged generations are missing from the result.
        """
        sql = "SELECT generation, subjects FROM revocations WHERE generation > $1 ORDER BY generation"
        rows = await self._db.all(sql, generation)
        return [(row["generation"], subjects_of(row["subjects"])) for row in rows]

    async def register(self, worker: str, generation: int) -> None:
        """Register a worker that has applied all revocations up to `generation`; later ones wait for it."""
        await self._db.run("INSERT INTO cache_leases (worker, generation) VALUES ($1, $2)", worker, generation)

    async def confirm(self, worker: str, generation: int) -> int | None:
        """Record that a worker has applied all revocations up to `generation`.

        Returns the newest generation, or None when the worker is not registered any more.
        """
        sql = """UPDATE cache_leases SET generation = $2 WHERE worker = $1
            RETURNING (SELECT generation FROM revocation_generation) AS newest"""
        row = await self._db.one(sql, worker, generation)
        return None if row is None else int(row["newest"])

    async def leave(self, worker: str) -> None:
        """Unregister a worker: revocations no longer wait for it."""
        await self._db.run("DELETE FROM cache_leases WHERE worker = $1", worker)

    async def has_unconfirmed(self, generation: int) -> bool:
        """Whether a registered worker has not yet confirmed this generation."""
        row = await self._db.one("SELECT 1 AS found FROM cache_leases WHERE generation < $1 LIMIT 1", generation)
        return row is not None

    async def drop_unconfirmed(self, generation: int) -> None:
        """Unregister the workers that have not confirmed this generation although their lease has lapsed."""
        await self._db.run("DELETE FROM cache_leases WHERE generation < $1", generation)

    async def purge(self, count: int) -> int:
        """Delete up to `count` old generations. Returns how many. A worker that is so far behind empties its cache."""
        sql = """DELETE FROM revocations WHERE generation IN (SELECT generation FROM revocations WHERE generation <
            (SELECT generation FROM revocation_generation) - CAST($1 AS BIGINT) LIMIT $2)"""
        return await self._db.run(sql, _KEPT, count)

"""Users."""

from collections.abc import Sequence

from vestibule.db.engine import Connection, Row
from vestibule.domain.instant import Instant
from vestibule.domain.user import User

COLUMNS = """id, username, username_canonical, email, email_canonical, email_verified_at, password_hash,
    password_changed_at, last_login_at, created_at, updated_at, disabled_at, deleted_at, not_before,
    name, locale, time_zone, metadata, second_factor_at, pending_until"""


_HANGING_ON = (
    "user_roles", "one_time_codes", "login_attempts", "credentials", "trusted_devices", "factor_recoveries",
    "api_keys",
)  # fmt: skip


def user_of(row: Row, prefix: str = "") -> User:
    """A user from a row whose columns carry this prefix."""
    return User(**{name: row[prefix + name] for name in User.__dataclass_fields__})


class Users:
    """Rows of `users`. Soft-deleted rows keep their names: they are found by identifier and id like all others."""

    def __init__(self, connection: Connection, revoked: set[str]) -> None:
        self._db = connection
        self._revoked = revoked

    async def add(self, user: User) -> None:
        """Raises UniqueViolation when the username or email is in use, also by a deleted user."""
        names = tuple(User.__dataclass_fields__)
        marks = ", ".join(f"${n}" for n in range(1, len(names) + 1))
        sql = f"INSERT INTO users ({', '.join(names)}) VALUES ({marks})"
        await self._db.run(sql, *(getattr(user, name) for name in names))

    async def find(self, user_id: str) -> User | None:
        """By id."""
        row = await self._db.one(f"SELECT {COLUMNS} FROM users WHERE id = $1", user_id)
        return None if row is None else user_of(row)

    async def hold(self, user_id: str) -> User | None:
        """The user as of now, locked until the transaction ends (on SQLite no other transaction writes meanwhile).

        Take this lock before that of any other row of the user: transactions that lock in one order do not deadlock.
        """
        lock = "FOR UPDATE" if self._db.dialect == "postgresql" else ""
        row = await self._db.one(f"SELECT {COLUMNS} FROM users WHERE id = $1 {lock}", user_id)
        return None if row is None else user_of(row)

    async def find_by_identifier(self, canonical: str) -> User | None:
        """By canonical username or email; a username has no `@`, so the two never collide."""
        row = await self._db.one(
            f"SELECT {COLUMNS} FROM users WHERE username_canonical = $1 OR email_canonical = $1",
            canonical,
        )
        return None if row is None else user_of(row)

    async def page(self, after: str, count: int) -> Sequence[User]:
        """Users by id, after this one; deleted ones too."""
        rows = await self._db.all(
            f"SELECT {COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2",
            after,
            count,
        )
        return [user_of(row) for row in rows]

    async def set_profile(
        self, user_id: str, *, username: str, username_canonical: str, name: str | None, locale: str | None,
        time_zone: str | None, now: Instant,
    ) -> None:  # fmt: skip
        """Replace the profile. Raises UniqueViolation when the username is in use."""
        self._revoked.add(user_id)
        await self._db.run(
            """UPDATE users SET username = $2, username_canonical = $3, name = $4, locale = $5, time_zone = $6,
                updated_at = $7 WHERE id = $1""",
            user_id, username, username_canonical, name, locale, time_zone, now,
        )  # fmt: skip

    async def set_password(self, user_id: str, password_hash: str, now: Instant) -> None:
        """A new password."""
        self._revoked.add(user_id)
        await self._db.run(
            "UPDATE users SET password_hash = $2, password_changed_at = $3, updated_at = $3 WHERE id = $1",
            user_id,
            password_hash,
            now,
        )

    async def change_password(
        self, user_id: str, password_hash: str, password_changed_at: Instant | None, now: Instant
    ) -> bool:
        """A new password for the one that was proved; False when that one has been replaced meanwhile."""
        self._revoked.add(user_id)
        changed = await self._db.run(
            """UPDATE users SET password_hash = $2, password_changed_at = $4, updated_at = $4
                WHERE id = $1 AND COALESCE(password_changed_at, 0) = $3""",
            user_id,
            password_hash,
            password_changed_at or 0,
            now,
        )
        return changed == 1

    async def replace_hash(self, user_id: str, old: str, new: str) -> None:
        """The same password under a newer policy; nothing happens when it was changed meanwhile."""
        await self._db.run(
            "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", user_id, old, new
        )

    async def set_email_verified(self, user_id: str, email: str, canonical: str, now: Instant) -> None:
        """This address is the user's, proved. Raises UniqueViolation when another user has it."""
        self._revoked.add(user_id)
        await self._db.run(
            """UPDATE users SET email = $2, email_canonical = $3, email_verified_at = $4, updated_at = $4,
                pending_until = NULL WHERE id = $1""",
            user_id,
            email,
            canonical,
            now,
        )

    async def set_second_factor(self, user_id: str, since: Instant | None) -> None:
        """Ask this user for a second factor from now on, or not any more."""
        self._revoked.add(user_id)
        await self._db.run("UPDATE users SET second_factor_at = $2 WHERE id = $1", user_id, since)

    async def remove_password(self, user_id: str, now: Instant) -> None:
        """No password opens this account any more. The time of the change stays: proofs from before it are void."""
        self._revoked.add(user_id)
        await self._db.run(
            "UPDATE users SET password_hash = NULL, password_changed_at = $2, updated_at = $2 WHERE id = $1",
            user_id,
            now,
        )

    async def set_not_before(self, user_id: str, now: Instant) -> None:
        """Tokens issued before now are dead."""
        self._revoked.add(user_id)
        await self._db.run("UPDATE users SET not_before = $2 WHERE id = $1", user_id, now)

    async def disable(self, user_id: str, now: Instant) -> bool:
        """Whether this call disabled the user."""
        self._revoked.add(user_id)
        return (
            await self._db.run(
                "UPDATE users SET disabled_at = $2, updated_at = $2 WHERE id = $1 AND disabled_at IS NULL",
                user_id,
                now,
            )
            == 1
        )

    async def enable(self, user_id: str, now: Instant) -> bool:
        """Whether this call enabled the user."""
        self._revoked.add(user_id)
        return (
            await self._db.run(
                "UPDATE users SET disabled_at = NULL, updated_at = $2 WHERE id = $1 AND disabled_at IS NOT NULL",
                user_id,
                now,
            )
            == 1
        )

    async def soft_delete(self, user_id: str, now: Instant) -> bool:
        """Whether this call deleted the user. Name and address stay reserved; `erase` removes the rest later."""
        self._revoked.add(user_id)
        return (
            await self._db.run(
                """UPDATE users SET deleted_at = $2, updated_at = $2, not_before = $2
                    WHERE id = $1 AND deleted_at IS NULL""",
                user_id,
                now,
            )
            == 1
        )

    async def restore(self, user_id: str, now: Instant) -> bool:
        """Whether this call undid a deletion; sessions from before stay ended."""
        self._revoked.add(user_id)
        return (
            await self._db.run(
                "UPDATE users SET deleted_at = NULL, updated_at = $2 WHERE id = $1 AND deleted_at IS NOT NULL",
                user_id,
                now,
            )
            == 1
        )

    async def erase(self, deleted_before: Instant, count: int) -> int:
        """Remove what is personal or secret of up to `count` users deleted before this; how many.

        Name and address stay: they are never given to anybody else.
        """
        rows = await self._db.all(
            """SELECT id FROM users WHERE deleted_at < $1 AND (password_hash IS NOT NULL OR name IS NOT NULL
                OR metadata <> '{}' OR second_factor_at IS NOT NULL
                OR EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = users.id)) ORDER BY id LIMIT $2""",
            deleted_before,
            count,
        )
        for row in rows:
            self._revoked.add(row["id"])
            for table in ("credentials", "trusted_devices", "factor_recoveries", "api_keys"):
                await self._db.run(f"DELETE FROM {table} WHERE user_id = $1", row["id"])
            await self._db.run(
                """UPDATE users SET password_hash = NULL, name = NULL, metadata = '{}', second_factor_at = NULL
                    WHERE id = $1""",
                row["id"],
            )
        return len(rows)

    async def claim_email(self, user_id: str, canonical: str) -> None:
        """Give this address to somebody who waits for it. Raises UniqueViolation when another user has it."""
        await self._db.run(
            "UPDATE users SET email_canonical = $2 WHERE id = $1 AND pending_until IS NOT NULL", user_id, canonical
        )

    async def purge_pending(self, pending_before: Instant, count: int) -> int:
        """Remove up to `count` registrations whose address nobody confirmed; they never signed in, and own nothing."""
        rows = await self._db.all(
            "SELECT id FROM users WHERE pending_until < $1 ORDER BY id LIMIT $2", pending_before, count
        )
        for row in rows:
            await self.remove(row["id"])
        return len(rows)

    async def remove(self, user_id: str) -> None:
        """Remove the row and all that hangs on it: for demo data, and for registrations that nobody confirmed."""
        self._revoked.add(user_id)
        for table in _HANGING_ON:
            await self._db.run(f"DELETE FROM {table} WHERE user_id = $1", user_id)
        await self._db.run("DELETE FROM sessions WHERE user_id = $1", user_id)
        await self._db.run("DELETE FROM users WHERE id = $1", user_id)

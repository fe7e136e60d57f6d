"""Users: the rows of `users`, also the disabled, unconfirmed and soft-deleted ones."""

from collections.abc import Sequence

from vestibule.db.engine import Row
from vestibule.domain.instant import Instant
from vestibule.domain.user import User
from vestibule.repositories.repository import RevokingRepository, insert

_NAMES = tuple(User.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)
_ADD = insert("users", _NAMES)
_PROFILE = ("username", "username_canonical", "name", "first_name", "last_name", "locale", "time_zone", "profile")
_ASSIGNMENTS = ", ".join(f"{name} = ${n}" for n, name in enumerate(_PROFILE, start=3))
_SET_PROFILE = f"UPDATE users SET updated_at = $2, {_ASSIGNMENTS} WHERE id = $1"

# Their rows go with the user, in this order.
_DEPENDENT = (
    "user_roles",
    "one_time_codes",
    "login_attempts",
    "credentials",
    "trusted_devices",
    "factor_recoveries",
    "api_keys",
    "sessions",
)


class Users(RevokingRepository):
    """Rows of `users`. Soft-deleted users keep their identifiers and are found by them and by id like all others."""

    async def add(self, user: User) -> None:
        """Insert a user. Raises AlreadyExists when the username or email address is in use, also by a deleted user."""
        await self._db.run(_ADD, *(getattr(user, name) for name in _NAMES))

    async def find(self, user_id: str) -> User | None:
        """Return the user with this id, or None."""
        return await self._one("id = $1", user_id)

    async def hold(self, user_id: str) -> User | None:
        """Return the user with this id and lock the row until the transaction ends (on SQLite no other transaction
        writes meanwhile); None when there is none.

        Take this lock before that of any other row of the user: transactions that lock in one order do not deadlock.
        """
        lock = "FOR UPDATE" if self._db.dialect == "postgresql" else ""
        return await self._one(f"id = $1 {lock}", user_id)

    async def find_by_identifier(self, canonical: str) -> User | None:
        """Return the user with this canonical username or email address; they never collide, as no username has `@`."""
        return await self._one("username_canonical = $1 OR email_canonical = $1", canonical)

    async def page(self, after: str, count: int) -> Sequence[User]:
        """Return up to `count` users ordered by id, after the id `after` (empty: from the start), deleted ones too."""
        sql = f"SELECT {_COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2"
        rows = await self._db.all(sql, after, count)
        return [_user_of(row) for row in rows]

    async def set_profile(self, changed: User, now: Instant) -> None:
        """Store a user's username, names, language, time zone and further fields. Raises AlreadyExists when the
        username is in use.
        """
        self._revoked.add(changed.id)
        values = [getattr(changed, name) for name in _PROFILE]
        await self._db.run(_SET_PROFILE, changed.id, now, *values)

    async def set_password(self, user_id: str, password_hash: str, now: Instant) -> None:
        """Set a user's password hash without a condition."""
        self._revoked.add(user_id)
        sql = "UPDATE users SET password_hash = $2, password_changed_at = $3, updated_at = $3 WHERE id = $1"
        await self._db.run(sql, user_id, password_hash, now)

    async def change_password(
        self, user_id: str, password_hash: str, password_changed_at: Instant | None, now: Instant
    ) -> bool:
        """Replace the password that was proved, identified by its `password_changed_at`. False when it has been changed
        since.
        """
        self._revoked.add(user_id)
        sql = """UPDATE users SET password_hash = $2, password_changed_at = $4, updated_at = $4
            WHERE id = $1 AND COALESCE(password_changed_at, 0) = $3"""
        changed = await self._db.run(sql, user_id, password_hash, password_changed_at or 0, now)
        return changed == 1

    async def replace_hash(self, user_id: str, old: str, new: str) -> None:
        """Store the same password hashed under a newer policy, unless the password was changed meanwhile."""
        sql = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
        await self._db.run(sql, user_id, old, new)

    async def set_email_verified(self, user_id: str, email: str, canonical: str, now: Instant) -> None:
        """Set a user's verified address and end a pending registration. Raises AlreadyExists when another user has the
        address.
        """
        self._revoked.add(user_id)
        sql = """UPDATE users SET email = $2, email_canonical = $3, email_verified_at = $4, updated_at = $4,
            pending_until = NULL WHERE id = $1"""
        await self._db.run(sql, user_id, email, canonical, now)

    async def set_second_factor(self, user_id: str, since: Instant | None) -> None:
        """Set since when a user demands a second factor at sign-in; None: not any more."""
        self._revoked.add(user_id)
        await self._db.run("UPDATE users SET second_factor_at = $2 WHERE id = $1", user_id, since)

    async def remove_password(self, user_id: str, now: Instant) -> None:
        """Remove a user's password. `password_changed_at` becomes `now`, so that proofs from before are void."""
        self._revoked.add(user_id)
        sql = "UPDATE users SET password_hash = NULL, password_changed_at = $2, updated_at = $2 WHERE id = $1"
        await self._db.run(sql, user_id, now)

    async def set_not_before(self, user_id: str, now: Instant) -> None:
        """Void all sessions and tokens of a user that were issued before `now`."""
        self._revoked.add(user_id)
        await self._db.run("UPDATE users SET not_before = $2 WHERE id = $1", user_id, now)

    async def disable(self, user_id: str, now: Instant) -> bool:
        """Disable a user. False when the user was already disabled."""
        self._revoked.add(user_id)
        sql = "UPDATE users SET disabled_at = $2, updated_at = $2 WHERE id = $1 AND disabled_at IS NULL"
        return await self._db.run(sql, user_id, now) == 1

    async def enable(self, user_id: str, now: Instant) -> bool:
        """Enable a user. False when the user was not disabled."""
        self._revoked.add(user_id)
        sql = "UPDATE users SET disabled_at = NULL, updated_at = $2 WHERE id = $1 AND disabled_at IS NOT NULL"
        return await self._db.run(sql, user_id, now) == 1

    async def soft_delete(self, user_id: str, now: Instant) -> bool:
        """Soft-delete a user. False when the user was already deleted.

        Username and address stay reserved; `erase` removes the rest later.
        """
        self._revoked.add(user_id)
        sql = """UPDATE users SET deleted_at = $2, updated_at = $2, not_before = $2
            WHERE id = $1 AND deleted_at IS NULL"""
        return await self._db.run(sql, user_id, now) == 1

    async def restore(self, user_id: str, now: Instant) -> bool:
        """Undo a soft deletion; earlier sessions stay ended. False when the user is not deleted."""
        self._revoked.add(user_id)
        sql = "UPDATE users SET deleted_at = NULL, updated_at = $2 WHERE id = $1 AND deleted_at IS NOT NULL"
        return await self._db.run(sql, user_id, now) == 1

    async def erase(self, deleted_before: Instant, count: int) -> int:
        """Erase what is personal or secret of up to `count` users deleted before `deleted_before`. Returns how many.

        Username and address stay, because they are never given to another user.
        """
        sql = """SELECT id FROM users WHERE deleted_at < $1 AND (password_hash IS NOT NULL OR name IS NOT NULL
            OR first_name IS NOT NULL OR last_name IS NOT NULL OR profile <> '{}' OR metadata <> '{}'
            OR second_factor_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = users.id)) ORDER BY id LIMIT $2"""
        rows = await self._db.all(sql, deleted_before, count)
        for row in rows:
            self._revoked.add(row["id"])
            for table in ("credentials", "trusted_devices", "factor_recoveries", "api_keys"):
                await self._db.run(f"DELETE FROM {table} WHERE user_id = $1", row["id"])
            sql = """UPDATE users SET password_hash = NULL, name = NULL, first_name = NULL, last_name = NULL,
                profile = '{}', metadata = '{}', second_factor_at = NULL WHERE id = $1"""
            await self._db.run(sql, row["id"])
        return len(rows)

    async def free_email(self, canonical: str, keep: str) -> Sequence[str]:
        """Take an address, by its canonical form, from users other than `keep` who never verified it. Returns their
        ids.
        """
        sql = """UPDATE users SET email_canonical = '?' || id
            WHERE email_canonical = $1 AND id <> $2 AND email_verified_at IS NULL RETURNING id"""
        rows = await self._db.all(sql, canonical, keep)
        return [row["id"] for row in rows]

    async def claim_email(self, user_id: str, canonical: str) -> None:
        """Reserve an address for a pending registration, by its canonical form. Raises AlreadyExists when another user
        has it.
        """
        sql = "UPDATE users SET email_canonical = $2 WHERE id = $1 AND pending_until IS NOT NULL"
        await self._db.run(sql, user_id, canonical)

    async def purge_pending(self, pending_before: Instant, count: int) -> int:
        """Delete up to `count` registrations whose time to confirm the address ended before `pending_before`. Returns
        how many. They never signed in and own nothing.
        """
        sql = "SELECT id FROM users WHERE pending_until < $1 ORDER BY id LIMIT $2"
        rows = await self._db.all(sql, pending_before, count)
        for row in rows:
            await self.remove(row["id"])
        return len(rows)

    async def remove(self, user_id: str) -> None:
        """Delete a user and all dependent rows: for demo data, and for unconfirmed registrations."""
        self._revoked.add(user_id)
        for table in _DEPENDENT:
            await self._db.run(f"DELETE FROM {table} WHERE user_id = $1", user_id)
        await self._db.run("DELETE FROM users WHERE id = $1", user_id)

    async def _one(self, condition: str, value: str) -> User | None:
        row = await self._db.one(f"SELECT {_COLUMNS} FROM users WHERE {condition}", value)
        return None if row is None else _user_of(row)


def _user_of(row: Row) -> User:
    return User(**{name: row[name] for name in _NAMES})

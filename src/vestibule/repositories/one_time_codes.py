"""One-time codes: all links and six-digit codes that are emailed and used once, in one table."""

from collections.abc import Sequence

from vestibule.db.engine import Row
from vestibule.domain.instant import Instant
from vestibule.domain.one_time_code import CodeForm, CodePurpose, OneTimeCode
from vestibule.repositories.repository import Repository, delete_some, insert

_NAMES = tuple(OneTimeCode.__dataclass_fields__)
_COLUMNS = ", ".join(_NAMES)
_ADD = insert("one_time_codes", _NAMES)
_LIVE = "used_at IS NULL AND voided_at IS NULL"


def _code_of(row: Row) -> OneTimeCode:
    values = {name: row[name] for name in _NAMES}
    return OneTimeCode(**values | {"purpose": CodePurpose(values["purpose"]), "form": CodeForm(values["form"])})


class OneTimeCodes(Repository):
    """Rows of `one_time_codes`. A code is live when it is neither used nor voided (nor expired)."""

    async def add(self, code: OneTimeCode) -> None:
        """Insert a code."""
        await self._db.run(_ADD, *(getattr(code, name) for name in _NAMES))

    async def find_link(self, purpose: CodePurpose, code_hash: str) -> OneTimeCode | None:
        """Return a link's code by its hash, in any state, so that an error can name the cause; None when unknown."""
        sql = f"SELECT {_COLUMNS} FROM one_time_codes WHERE purpose = $1 AND code_hash = $2 AND form = 'link'"
        row = await self._db.one(sql, purpose.value, code_hash)
        return None if row is None else _code_of(row)

    async def find_flow(self, flow_id: str) -> OneTimeCode | None:
        """Return one code of an email (they are used up and voided together), in any state; None when there is none."""
        row = await self._db.one(f"SELECT {_COLUMNS} FROM one_time_codes WHERE flow_id = $1 LIMIT 1", flow_id)
        return None if row is None else _code_of(row)

    async def latest_digits(self, purpose: CodePurpose, user_id: str, bound_value: str) -> OneTimeCode | None:
        """Return the newest six-digit code of a user that is bound to this value, in any state; None without one."""
        sql = f"""SELECT {_COLUMNS} FROM one_time_codes WHERE purpose = $1 AND user_id = $2 AND bound_value = $3
            AND form = 'digits' ORDER BY created_at DESC, id DESC LIMIT 1"""
        row = await self._db.one(sql, purpose.value, user_id, bound_value)
        return None if row is None else _code_of(row)

    async def newest_digits(self, purpose: CodePurpose, user_id: str) -> OneTimeCode | None:
        """Return a user's newest six-digit code for this purpose, whatever it is bound to, in any state; None without
        one. One step of an index: the time does not depend on how many codes there are.
        """
        sql = f"""SELECT {_COLUMNS} FROM one_time_codes WHERE purpose = $1 AND user_id = $2 AND form = 'digits'
            ORDER BY created_at DESC, id DESC LIMIT 1"""
        row = await self._db.one(sql, purpose.value, user_id)
        return None if row is None else _code_of(row)

    async def consume(self, code_id: str, purpose: CodePurpose, now: Instant) -> bool:
        """Use a code up, together with the other codes of its email. False when it is not live: it works once."""
        sql = f"""UPDATE one_time_codes SET used_at = $3
            WHERE id = $1 AND purpose = $2 AND expires_at > $3 AND {_LIVE} RETURNING flow_id"""
        row = await self._db.one(sql, code_id, purpose.value, now)
        # Used, voided, expired, or of another purpose. Of two requests at once only one gets the row.
        if row is None:
            return False
        sql = f"UPDATE one_time_codes SET used_at = $2 WHERE flow_id = $1 AND {_LIVE}"
        await self._db.run(sql, row["flow_id"], now)
        return True

    async def void(self, user_id: str, purpose: CodePurpose, now: Instant, *, bound_value: str | None = None) -> int:
        """Void a user's live codes of a purpose, or only those bound to `bound_value`, because of a newer request or a
        change of the account. Returns how many.
        """
        sql = f"""UPDATE one_time_codes SET voided_at = $3 WHERE user_id = $1 AND purpose = $2 AND {_LIVE}
            AND bound_value = COALESCE(CAST($4 AS TEXT), bound_value)"""
        return await self._db.run(sql, user_id, purpose.value, now, bound_value)

    async def void_bound_elsewhere(self, user_id: str, purpose: CodePurpose, bound_value: str, now: Instant) -> int:
        """Void a user's live codes for this purpose that are bound to another value. Returns how many."""
        sql = f"""UPDATE one_time_codes SET voided_at = $4 WHERE user_id = $1 AND purpose = $2 AND bound_value <> $3
            AND {_LIVE}"""
        return await self._db.run(sql, user_id, purpose.value, bound_value, now)

    async def void_younger_undos(self, user_id: str, since: Instant, now: Instant, *, live: bool) -> int:
        """Void a user's undo links to addresses that became the account's at `since` or later. Returns how many.

        An address became the account's when the undo link for the address before it was made. With `live`, only a link
        that still works counts as the one before: an expired or used one gives nothing back.
        """
        older_live = "AND older.used_at IS NULL AND older.voided_at IS NULL AND older.expires_at > $4" if live else ""
        sql = f"""UPDATE one_time_codes SET voided_at = $4 WHERE user_id = $1 AND purpose = $2 AND {_LIVE}
            AND EXISTS (SELECT 1 FROM one_time_codes older WHERE older.user_id = $1 AND older.purpose = $2
                AND older.created_at >= $3 AND older.created_at < one_time_codes.created_at {older_live})"""
        return await self._db.run(sql, user_id, CodePurpose.EMAIL_UNDO.value, since, now)

    async def void_undos_after(self, user_id: str, since: Instant, now: Instant) -> None:
        """Void a user's live undo links that were made after `since`."""
        sql = f"""UPDATE one_time_codes SET voided_at = $4
            WHERE user_id = $1 AND purpose = $2 AND created_at > $3 AND {_LIVE}"""
        await self._db.run(sql, user_id, CodePurpose.EMAIL_UNDO.value, since, now)

    async def open_undos(self, user_id: str, now: Instant) -> Sequence[tuple[str, Instant]]:
        """Return the addresses that may still take a user's account back, oldest first, each with the time at which it
        was left.
        """
        sql = f"""SELECT bound_value, created_at FROM one_time_codes WHERE user_id = $1 AND purpose = $2
            AND expires_at > $3 AND {_LIVE} ORDER BY created_at"""
        rows = await self._db.all(sql, user_id, CodePurpose.EMAIL_UNDO.value, now)
        return [(row["bound_value"], row["created_at"]) for row in rows]

    async def open_undo_addresses(self, user_id: str, now: Instant) -> Sequence[str]:
        """Return the earlier addresses that may still take a user's account back, oldest first."""
        return [address for address, _ in await self.open_undos(user_id, now)]

    async def purge(self, expired_before: Instant, count: int) -> int:
        """Delete up to `count` codes that expired before `expired_before`. Returns how many."""
        return await self._db.run(delete_some("one_time_codes", "expires_at < $1"), expired_before, count)

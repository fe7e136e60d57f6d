"""The SQL condition for an active session, in one place: every lookup that authenticates a caller ends with it.

`s` is the session, `u` its user, $2 the time (microseconds since 1970 UTC).
"""

from vestibule.db.engine import Row

# The sign before a column keeps both engines from its index: one key names the session, and how many rows expire after
# $2 is what statistics misjudge, as all of them may be younger than the latest statistics.
ACTIVE = """s.revoked_at IS NULL AND +s.idle_expires_at > $2 AND +s.absolute_expires_at > $2
    AND u.disabled_at IS NULL AND u.deleted_at IS NULL AND u.not_before <= s.created_at"""
ROLES = {
    "postgresql": "(SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM user_roles r WHERE r.user_id = u.id) AS roles",
    "sqlite": "(SELECT group_concat(r.role, ' ') FROM user_roles r WHERE r.user_id = u.id) AS roles",
}


def roles_of(row: Row) -> tuple[str, ...]:
    """Return the roles that a row has in the column of `ROLES`, in alphabetical order."""
    return tuple(sorted((row["roles"] or "").split()))

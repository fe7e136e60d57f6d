"""What repositories have in common: their connection, and SQL made of names of tables and columns that stand in the
code.
"""

from collections.abc import Sequence

from vestibule.db.engine import Connection


class Repository:
    """Rows of one or more tables, on the connection of a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection


class RevokingRepository(Repository):
    """A repository whose changes make cached answers invalid. `revoked` collects the ids (of users, sessions, API keys,
    clients) that these answers are about; the unit of work publishes them with its commit.
    """

    def __init__(self, connection: Connection, revoked: set[str]) -> None:
        self._db = connection  # not by the base: session checks make a repository for each lookup
        self._revoked = revoked


def marks(count: int, first: int = 1) -> str:
    """Return `count` numbered parameters from `$<first>` on, such as `$1, $2`."""
    return ", ".join(f"${n}" for n in range(first, first + count))


def insert(table: str, names: Sequence[str]) -> str:
    """Return the statement that adds one row; its parameters are the values of these columns, in this order."""
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks(len(names))})"


def delete_some(table: str, condition: str, key: str = "id") -> str:
    """Return the statement that deletes at most $2 rows that meet the condition, in which $1 is a time."""
    return f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {condition} LIMIT $2)"

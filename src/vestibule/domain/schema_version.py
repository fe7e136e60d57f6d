"""The version of the database's schema, and whether code of another release may use it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """Which migrations a database has.

    `revision`: the newest of them, such as 0011; None for an empty database. `oldest_code`: the oldest revision whose
    code may use the schema, as the migrations have recorded it; None when they have recorded none.
    """

    revision: str | None
    oldest_code: str | None = None

    def serves(self, code: str) -> bool:
        """Return whether code that knows migrations up to `code` may use the schema: it is that code's own schema, or a
        newer one in which this code still finds everything that it needs.
        """
        return self.revision == code or (self.is_newer_than(code) and _number(self.oldest_code) <= int(code))

    def is_newer_than(self, code: str) -> bool:
        """Return whether the schema has migrations that code of revision `code` does not know."""
        return _number(self.revision, otherwise=0) > int(code)


def _number(revision: str | None, otherwise: float = float("inf")) -> float:
    return int(revision) if revision is not None and revision.isdecimal() else otherwise

"""The database URL, parsed once."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from vestibule.db.engine import Dialect

SUPPORTED = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseUrl:
    """A parsed database URL. `schema` is the PostgreSQL schema, empty for SQLite. Its repr shows no password."""

    dialect: Dialect
    text: str
    schema: str

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(urlsplit(self.text).path.removeprefix("/") or ":memory:")

    @property
    def redacted(self) -> str:
        """The URL without its password, safe to show."""
        parts = urlsplit(self.text)
        if parts.password is None:
            return self.text
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))

    def __repr__(self) -> str:
        return f"DatabaseUrl({self.redacted})"


def parse(text: str, schema: str = "") -> DatabaseUrl:
    """Parse a database URL, also in the spellings of hosting platforms (`postgres://`). Raises ValueError with the
    supported forms.
    """
    scheme, separator, rest = text.partition("://")
    if separator and scheme in {"postgresql", "postgres"}:
        return DatabaseUrl("postgresql", f"postgresql://{rest}", schema or "public")
    if separator and scheme == "sqlite":
        return DatabaseUrl("sqlite", text, "")
    raise ValueError(SUPPORTED)

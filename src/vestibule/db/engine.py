"""The interface both engines share: text with `$1` parameters in, mappings out."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

Value = str | int | bytes | None | Sequence[str] | Sequence[int]


class Row(Protocol):
    """One row, read by column name."""

    def __getitem__(self, key: str, /) -> Any:
        """The value of a column."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """The values in the order of the columns."""
        ...


Dialect = Literal["sqlite", "postgresql"]


class UniqueViolation(Exception):
    """A unique constraint refused a row. `columns` names what the database said, for telling fields apart."""

    def __init__(self, columns: str) -> None:
        super().__init__(columns)
        self.columns = columns


class Connection(Protocol):
    """One connection, inside a transaction or for reading."""

    @property
    def dialect(self) -> Dialect:
        """Which engine this is, for the few statements that differ."""
        ...

    async def one(self, sql: str, *values: Value) -> Row | None:
        """The first row, or None."""
        ...

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """All rows."""
        ...

    async def run(self, sql: str, *values: Value) -> int:
        """How many rows the statement changed."""
        ...

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same statement for each row of values."""
        ...


class Listener(Protocol):
    """A connection of its own that hears what other transactions notify as they commit (PostgreSQL)."""

    @property
    def connection(self) -> Connection:
        """For statements between two notifications."""
        ...

    async def heard(self, seconds: float) -> Sequence[str]:
        """What was notified, in the order of the commits; empty when nothing was within this time.

        Raises DatabaseUnavailable when the connection is lost.
        """
        ...


class Engine(Protocol):
    """A database. Raises domain.errors.DatabaseUnavailable when it does not answer, is read-only or full."""

    @property
    def dialect(self) -> Dialect:
        """Which engine this is."""
        ...

    async def open(self) -> None:
        """Connect; called once per process."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """All or nothing: commits at the end, rolls back on any exception."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """For SELECTs: each statement sees what is committed when it starts."""
        ...

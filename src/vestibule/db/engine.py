"""The interface of both database engines: SQL text with `$1` parameters in, rows readable by column name out."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

Value = str | int | bytes | None | Sequence[str] | Sequence[int]


class Row(Protocol):
    """One row of a result, readable by column name or in column order."""

    def __getitem__(self, key: str, /) -> Any:
        """Return the value of the column `key`."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the values in the order of the columns."""
        ...


Dialect = Literal["sqlite", "postgresql"]


class Connection(Protocol):
    """One database connection, inside a transaction or for reading. Its methods raise what `Engine` raises."""

    @property
    def dialect(self) -> Dialect:
        """The engine's dialect, for the few statements that differ."""
        ...

    async def one(self, sql: str, *values: Value) -> Row | None:
        """Run a statement and return its first row, or None."""
        ...

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Run a statement and return all its rows."""
        ...

    async def run(self, sql: str, *values: Value) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each sequence of values."""
        ...


class Listener(Protocol):
    """A dedicated connection that receives the notifications of other transactions as they commit (PostgreSQL)."""

    @property
    def connection(self) -> Connection:
        """The connection itself, for statements between notifications."""
        ...

    async def heard(self, seconds: float) -> Sequence[str]:
        """Wait up to `seconds` for notifications and return their texts in commit order; empty when there were none.

        Raises DatabaseUnavailable when the connection is lost.
        """
        ...


class Engine(Protocol):
    """A database engine. Raises domain.errors.DatabaseUnavailable when the database does not answer, is read-only or
    full, and domain.errors.AlreadyExists when a unique constraint rejects a row.
    """

    @property
    def dialect(self) -> Dialect:
        """The engine's dialect."""
        ...

    @property
    def notifies(self) -> bool:
        """Whether workers receive notifications, so that a revocation has to issue one."""
        ...

    async def open(self) -> None:
        """Connect to the database; called once per process."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction: it commits at the end and rolls back on any exception."""
        ...

    async def probe(self) -> None:
        """Check that a write would succeed now, and leave nothing written."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """Open a connection for SELECTs: each statement sees what is committed when it starts."""
        ...

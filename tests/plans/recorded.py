"""What a repository's method runs: a connection that notes each statement, and runs it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.db.engine import Connection, Dialect, Row, Value
from vestibule.repositories.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Statement:
    """A statement with the values of one run. `keys`: how many rows the call names."""

    method: str
    sql: str
    values: tuple[Value, ...]
    keys: int

    @property
    def name(self) -> str:
        return f"{self.method}: {' '.join(self.sql.split())[:90]}"


@dataclass(frozen=True)
class Sample:
    """A call of a method as a request makes it. `keys`: how many rows it names."""

    call: Callable[[UnitOfWork], Awaitable[Any]]
    keys: int = 1


class _Recording:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.ran: list[tuple[str, tuple[Value, ...]]] = []

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def one(self, sql: str, *values: Value) -> Row | None:
        self.ran.append((sql, values))
        return await self._connection.one(sql, *values)

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        self.ran.append((sql, values))
        return await self._connection.all(sql, *values)

    async def run(self, sql: str, *values: Value) -> int:
        self.ran.append((sql, values))
        return await self._connection.run(sql, *values)

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        self.ran += [(sql, tuple(values)) for values in rows]
        await self._connection.run_many(sql, rows)


async def statements_of(connection: Connection, samples: dict[Any, list[Sample]]) -> list[Statement]:
    """Run every sample in the open transaction, undo it, and return what it ran."""
    found = []
    for method, calls in samples.items():
        for sample in calls:
            recording = _Recording(connection)
            await connection.run("SAVEPOINT sample")
            await sample.call(UnitOfWork(recording))
            await connection.run("ROLLBACK TO SAVEPOINT sample")
            assert recording.ran, f"{method.__qualname__} runs nothing"
            found += [Statement(method.__qualname__, sql, values, sample.keys) for sql, values in recording.ran]
    return found

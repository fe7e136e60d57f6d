"""The databases that rates are measured on: every PostgreSQL here, with and without statistics, and SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import population
import server
from population import Population
from postgres import Postgres, installations
from requests_of import PASSWORD
from server import CHECKOUT, Build

NEVER_ANALYSED, ANALYSED = "never analysed", "analysed"


@dataclass(frozen=True)
class Engine:
    """A migrated and filled database, for servers with this many workers. `postgres` is None for SQLite, whose work is
    done, and counted, in the server's processes.
    """

    name: str
    url: str
    people: Population
    workers: int = 2
    postgres: Postgres | None = None

    @property
    def title(self) -> str:
        return f"{self.name}, {self.workers} worker{'s' if self.workers > 1 else ''}"


@dataclass(frozen=True)
class Filling:
    """How many users and sessions a database gets, where its files are, and which build migrates it."""

    users: int
    sessions: int
    folder: Path
    build: Build = CHECKOUT

    def postgres(self, started: Postgres, name: str, *, analysed: bool, workers: int = 2) -> Engine:
        """Make a database in a server that runs. Without `analysed` its tables never get statistics."""
        url = started.database(f"{'analysed' if analysed else 'never_analysed'}_{self.build.name}")
        server.migrate(url, self.folder, self.build)
        people = population.fill_postgres(
            url, server.SECRET_KEY, self.users, self.sessions, PASSWORD, analysed=analysed
        )
        state = ANALYSED if analysed else NEVER_ANALYSED
        return Engine(f"PostgreSQL {started.version()} ({name}), {state}", url, people, workers, started)

    def sqlite(self, workers: int) -> Engine:
        """Make a file of its own, so that no measurement finds what another one left in the write-ahead log."""
        path = self.folder / f"{self.build.name}-{workers}.db"
        server.migrate(f"sqlite:///{path}", self.folder, self.build)
        people = population.fill_sqlite(path, server.SECRET_KEY, self.users, self.sessions, PASSWORD)
        return Engine("SQLite", f"sqlite:///{path}", people, workers)


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, Postgres]]:
    """Start one server of each PostgreSQL that is installed, by name."""
    started: dict[str, Postgres] = {}
    try:
        for name, programs in installations().items():
            place = folder / name.replace(" ", "-").lower()
            place.mkdir()
            started[name] = Postgres(place, programs)
        yield started
    finally:
        for one in started.values():
            one.close()


def every(filling: Filling, started: dict[str, Postgres]) -> list[Engine]:
    """Return all engines: both states of each PostgreSQL with 2 workers, SQLite with 1 and 2."""
    return [
        filling.postgres(one, name, analysed=analysed) for name, one in started.items() for analysed in (False, True)
    ] + [filling.sqlite(workers) for workers in (1, 2)]

"""Reusable: `race` against two real server processes on one database, and comparisons of kinds of accounts."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from accounts import WITHOUT_LIMITS
from racing import Answered, all_at_once
from taken import Account

from databases import PostgresTemplates, SqliteTemplates
from harness import CHEAP_HASH, SECRET, Vestibule
from servers import Server, server


class Pair:
    """Two server processes on one database, and a way to look into it."""

    def __init__(self, servers: list[Server], address: str) -> None:
        self.servers = servers
        self.address = address
        self.ports = [running.port for running in servers]
        self.url = servers[0].url

    def race(self, *requests: bytes) -> list[Answered]:
        """All at the same instant, half of them at each process."""
        return all_at_once(self.ports, requests)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self.address.startswith("sqlite"):
            import sqlite3

            connection = sqlite3.connect(self.address.removeprefix("sqlite:///"))
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        import asyncio

        import asyncpg

        async def look() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(self.address)
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(look())


@pytest.fixture
async def unlimited(start: Callable[..., Any]) -> AsyncIterator[Vestibule]:
    """A system whose limits stop no story."""
    async with start(**WITHOUT_LIMITS) as system:
        yield system


@pytest.fixture
async def alice(vestibule: Vestibule) -> Account:
    """An account with a password and an old passkey, signed in by its owner."""
    account = Account(vestibule, "alice")
    await account.register()
    return account


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_templates: SqliteTemplates,
    postgres_templates: PostgresTemplates,
) -> Iterator[Pair]:  # fmt: skip
    """Two development servers, one database, one mailbox."""
    templates = sqlite_templates if request.param == "sqlite" else postgres_templates
    address = templates.fresh()
    folder = tmp_path_factory.mktemp("pair")
    limits = {f"VESTIBULE_{name}": value for name, value in (WITHOUT_LIMITS | CHEAP_HASH).items()}
    limits["VESTIBULE_ACCOUNT_FAILURES"] = "10"
    environment = {**limits, "VESTIBULE_DATABASE_URL": address}
    (folder / "secret_key").write_text(SECRET)
    with ExitStack() as stack:
        servers = [stack.enter_context(server(folder, **environment)) for _ in range(2)]
        yield Pair(servers, address)
    if request.param == "postgresql":
        postgres_templates.drop(address)


Race = Callable[..., list[Answered]]

"""Every hot statement has one plan, whatever the statistics say: it reads rows by a key."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from databases import connected
from plans import postgres_plans, sqlite_plans
from plans.recorded import Statement, statements_of
from plans.samples import SAMPLES, SESSIONS
from vestibule.db import url
from vestibule.db.connect import engine_for
from vestibule.db.engine import Connection
from vestibule.db.pool_policy import PoolPolicy
from vestibule.repositories.hot import HOT


class _Undone(Exception):
    """Rolls a transaction back."""


@asynccontextmanager
async def undone(address: str) -> AsyncIterator[Connection]:
    """A transaction of the engine's own connection, which is rolled back."""
    engine = engine_for(url.parse(address), PoolPolicy(size=2))
    await engine.open()
    try:
        async with engine.transaction() as connection:
            yield connection
            raise _Undone  # noqa: TRY301 - it ends the transaction here
    except _Undone:
        pass
    finally:
        await engine.close()


async def recorded(address: str) -> list[Statement]:
    async with undone(address) as connection:
        return await statements_of(connection, SAMPLES)


@pytest.fixture(scope="module")
def filled_sqlite(sqlite_templates) -> tuple[str, list[Statement]]:
    address = sqlite_templates.fresh()
    with sqlite3.connect(address.removeprefix("sqlite:///")) as connection:
        sqlite_plans.fill(connection, SESSIONS)
    connection.close()
    return address, asyncio.run(recorded(address))


@pytest.fixture(scope="module")
def filled_postgres(postgres_templates) -> Iterator[tuple[str, list[Statement]]]:
    address = postgres_templates.fresh()
    connected(address, lambda connection: postgres_plans.fill(connection, SESSIONS))
    yield address, asyncio.run(recorded(address))
    postgres_templates.drop(address)


def test_every_hot_method_has_a_sample():
    assert {method.__qualname__ for method in HOT} == {method.__qualname__ for method in SAMPLES}


@pytest.mark.parametrize("plan", postgres_plans.PLANS)
@pytest.mark.parametrize("statistics", postgres_plans.STATISTICS)
def test_on_postgresql_with_any_statistics(filled_postgres, statistics, plan):
    address, found = filled_postgres

    async def faults() -> list[str]:
        async with undone(address) as connection:
            return await postgres_plans.faults(connection, found, plan)

    connected(address, lambda connection: postgres_plans.use_statistics(connection, statistics))
    assert asyncio.run(faults()) == []


def test_a_plan_from_when_the_tables_were_empty_is_as_good(filled_postgres, postgres_url):
    """A connection keeps it while the tables grow."""

    async def scanned() -> set[str]:
        async with undone(postgres_url) as connection:
            return {
                f"{found.name} {what}"
                for found in filled_postgres[1]
                for what in await postgres_plans.scanned(connection, found.sql)
            }

    connected(postgres_url, lambda connection: connection.execute("VACUUM ANALYZE"))
    assert asyncio.run(scanned()) == set()


@pytest.mark.parametrize("analysed", [False, True])
def test_on_sqlite_with_and_without_statistics(filled_sqlite, analysed):
    address, found = filled_sqlite
    connection = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
    if analysed:
        connection.execute("ANALYZE")
    try:
        assert sqlite_plans.faults(connection, found) == []
    finally:
        connection.close()

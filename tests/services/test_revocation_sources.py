"""What a worker learns of revocations from on PostgreSQL, by itself: in order, without a gap, each of them once."""

import asyncio

import pytest

from fakes import SteppingClock
from vestibule.db import postgres
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import SECOND
from vestibule.repositories.unit_of_work import Database
from vestibule.services.sessions.revocation_sources import notified, polled

LONG, SHORT = 60 * SECOND, SECOND // 5


@pytest.fixture(params=[True, False], ids=["notify", "poll"])
async def database(request, postgres_url):
    engine = postgres.PostgresEngine(postgres_url, "public", postgres.PoolPolicy(size=3, notifies=request.param))
    await engine.open()
    yield Database(engine, SteppingClock(), 0)
    await engine.close()


def source_of(database):
    engine = database._engine
    opening = notified(engine.listening) if engine.notifies else polled(engine.polling, SteppingClock(), SECOND // 100)
    return opening()


async def revoke(database, *subjects):
    async with database.writing() as work:
        work.revoked.update(subjects)


class TestASource:
    async def test_returns_each_revocation_once_and_nothing_when_there_is_none(self, database):
        async with source_of(database) as source:
            assert list(await source.after(0, SHORT)) == []
            for generation in (1, 2, 3):
                await revoke(database, f"user_{generation}", "session_1")
                expected = [(generation, frozenset({f"user_{generation}", "session_1"}))]
                assert list(await source.after(generation - 1, LONG)) == expected
                assert list(await source.after(generation, SHORT)) == []

    async def test_returns_several_in_order(self, database):
        async with source_of(database) as source:
            for number in range(1, 6):
                await revoke(database, f"user_{number}")
            found = []
            while len(found) < 5:
                found += await source.after(len(found), LONG)
            assert found == [(number, frozenset({f"user_{number}"})) for number in range(1, 6)]

    async def test_ends_where_one_is_missing(self, database):
        async with source_of(database) as source:
            async with database._engine.transaction() as connection:
                await connection.run("UPDATE revocation_generation SET generation = 5")
            await revoke(database, "user_6")
            # Returned at once, so that the worker finds out: not after a minute.
            async with asyncio.timeout(30):
                assert list(await source.after(4, LONG)) == []

    async def test_leaves_out_what_was_read_from_the_table_before(self, database):
        async with source_of(database) as source:
            for number in (1, 2, 3):
                await revoke(database, f"user_{number}")
            found = []
            while not found:
                found = list(await source.after(2, LONG))
            assert found == [(3, frozenset({"user_3"}))]

    async def test_raises_when_its_connection_is_lost(self, database):
        with pytest.raises(DatabaseUnavailable):
            await lose_connection(database)


class CountingClock(SteppingClock):
    """Counts how often the steady time was asked: once at the start, and once before each poll."""

    asked = 0

    def monotonic(self):
        self.asked += 1
        return super().monotonic()


class TestPolling:
    async def test_asks_for_what_is_new_alone(self, database):
        """Rows that were applied long ago end no wait."""
        clock = CountingClock()
        await revoke(database, "user_1")
        async with polled(database._engine.polling, clock, SECOND // 1000)() as source:
            waiting = asyncio.create_task(source.after(1, LONG))
            while clock.asked < 5 and not waiting.done():
                await asyncio.sleep(0.001)
            assert not waiting.done()
            await revoke(database, "user_2")
            assert list(await waiting) == [(2, frozenset({"user_2"}))]


async def lose_connection(database):
    async with source_of(database) as source:
        await source.revocations.generation()
        async with database.reading() as work:
            await work.connection.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name IN ('vestibule listener', 'vestibule poller')"
            )
        await source.after(0, LONG)

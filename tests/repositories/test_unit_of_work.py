import pytest

from factories import NOW, Factory
from repositories.conftest import database_at
from repositories.contracts import contract
from vestibule.db.migrations import HEAD
from vestibule.domain.errors import AlreadyExists, DatabaseUnavailable
from vestibule.domain.session import EndReason
from vestibule.repositories.unit_of_work import Database


class Broken(Exception):
    """What undoes a unit of work."""


async def disable_and_break(database, user):
    async with database.writing() as work:
        await work.users.disable(user.id, NOW)
        raise Broken


async def take_a_lease_and_a_taken_name(database):
    async with database.writing() as work:
        await work.leases.acquire("cleanup", "one", NOW, NOW + 5)
        await work.users.add(await work.users.find_by_identifier("alice"))


async def revoke_without_a_transaction(database, user):
    async with database.autocommit() as work:
        await work.users.disable(user.id, NOW)


class TestWriting:
    @contract(Database.writing, Database.reading)
    async def test_what_ends_well_is_seen_by_others_and_what_raises_is_undone(self, database):
        make = Factory(database.writing)
        alice = await make.user()
        with pytest.raises(Broken):
            await disable_and_break(database, alice)
        async with database.reading() as work:
            assert await work.users.find(alice.id) == alice

    @contract(Database.writing)
    async def test_a_taken_value_is_an_error_of_the_domain_and_undoes_the_whole(self, database):
        make = Factory(database.writing)
        await make.user()
        with pytest.raises(AlreadyExists):
            await take_a_lease_and_a_taken_name(database)
        async with database.writing() as work:
            assert await work.leases.acquire("cleanup", "two", NOW, NOW + 5)

    @contract(Database.writing)
    async def test_what_it_revoked_is_published_with_the_commit_as_one_generation(self, database):
        make = Factory(database.writing)
        alice = await make.user()
        session = await make.session(alice)
        async with database.writing() as work:
            await work.sessions.end(session.id, alice.id, EndReason.LOGOUT, NOW)
            await work.users.disable(alice.id, NOW)
        async with database.reading() as work:
            assert await work.revocations.since(0) == [(1, frozenset({alice.id, session.id}))]

    @contract(Database.writing)
    async def test_a_worker_that_confirms_nothing_holds_it_up_until_its_lease_has_lapsed(self, postgres):
        alice = await Factory(postgres.writing).user()
        async with postgres.writing() as work:
            await work.revocations.register("deaf", 0)
        postgres._lease = 1
        async with postgres.writing() as work:
            await work.users.disable(alice.id, NOW)
        async with postgres.reading() as work:
            assert not await work.revocations.has_unconfirmed(1)

    @contract(Database.writing)
    async def test_queued_mail_wakes_its_sender(self, database):
        await Factory(database.writing).event()
        assert not database.mail_waiting.is_set()
        await Factory(database.writing).email()
        assert database.mail_waiting.is_set()


class TestOneStatement:
    @contract(Database.autocommit)
    async def test_is_committed_by_itself(self, database):
        async with database.autocommit() as work:
            assert await work.leases.acquire("cleanup", "one", NOW, NOW + 5)
        async with database.autocommit() as work:
            assert not await work.leases.acquire("cleanup", "two", NOW, NOW + 5)

    @contract(Database.autocommit)
    async def test_revokes_nothing(self, database):
        alice = await Factory(database.writing).user()
        with pytest.raises(RuntimeError, match="writing"):
            await revoke_without_a_transaction(database, alice)


class TestReading:
    @contract(Database.reading, Database.schema_version)
    async def test_the_version_of_the_schema_is_the_migrations(self, database):
        assert (await database.schema_version()).revision == HEAD
        async with database.reading() as work:
            assert await work.users.page("", 9) == []

    @contract(Database.schema_version)
    async def test_a_database_without_tables_has_none(self, database):
        async with database.writing() as work:
            for table in ("alembic_version", "schema_compatibility"):
                await work.connection.run(f"DROP TABLE {table}")
        assert (await database.schema_version()).revision is None

    @contract(Database.probe)
    async def test_a_probe_leaves_nothing_written(self, database):
        await database.probe()
        async with database.reading() as work:
            assert await work.connection.all("SELECT * FROM write_probes") == []


class TestOpening:
    @contract(Database.open, Database.close)
    async def test_where_there_is_no_database_nothing_is_opened(self, database_url):
        other = database_at(f"{database_url}x")
        with pytest.raises(DatabaseUnavailable):
            await other.open()
        await other.close()

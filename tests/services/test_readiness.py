"""Ready means: requests can be served. `/health/ready` says what is missing; old code serves on a schema that fits."""

import asyncio
import re
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import vestibule as package
from harness import SECRET, running
from vestibule.db import migrate, url
from vestibule.db.migrations import HEAD
from vestibule.domain.schema_version import SchemaVersion

SECOND = 1_000_000
NEXT = f"{int(HEAD) + 1:04}"
OTHER = "Zr8Lm3Qw6Xt1Vb9Kp4Yn7Hs2Jd5Gf0Ca-other"
VERSIONS = Path(package.__file__).parent / "db" / "migrations" / "versions"


async def missing(vestibule):
    """The status of a readiness check, and the names of what is missing."""
    vestibule.clock.let_leases_lapse(6 * SECOND)
    answer = await vestibule.get("/health/ready")
    assert (answer.json()["status"] == "unavailable") == (answer.status_code == 503)
    return answer.status_code, {name for name, right in answer.json()["checks"].items() if not right} - {"outbox"}


async def at_schema(vestibule, revision, oldest_code):
    await vestibule.run("UPDATE alembic_version SET version_num = $1", revision)
    await vestibule.run("UPDATE schema_compatibility SET oldest_code = $1", oldest_code)


class TestSchema:
    @pytest.mark.parametrize(
        ("revision", "oldest_code", "serves"),
        [
            ("0011", "0011", True),
            ("0011", None, True),
            ("0012", "0011", True),
            ("0012", "0010", True),
            ("0100", "0011", True),
            ("10000", "0011", True),
            ("0012", "0012", False),
            ("0013", "0012", False),
            ("0012", None, False),
            ("0012", "", False),
            ("0012", "later", False),
            ("0010", "0010", False),
            ("0010", None, False),
            ("a1b2c3", "0011", False),
            ("", "0011", False),
            (None, None, False),
        ],
    )
    def test_which_code_it_serves(self, revision, oldest_code, serves):
        assert SchemaVersion(revision, oldest_code).serves("0011") is serves

    async def test_what_the_migrations_record_is_their_own_revision_or_an_older_one(self, vestibule):
        version = await vestibule.database.schema_version()
        assert version.revision == HEAD
        assert int(version.oldest_code) <= int(HEAD)

    async def test_old_code_serves_on_a_newer_schema_that_fits(self, vestibule):
        await at_schema(vestibule, NEXT, HEAD)
        assert await missing(vestibule) == (200, set())
        assert (await vestibule.register()).status_code == 201

    @pytest.mark.parametrize(("revision", "oldest_code"), [(NEXT, NEXT), ("0010", "0010"), ("unknown", HEAD)])
    async def test_and_not_on_one_that_does_not(self, vestibule, revision, oldest_code):
        await at_schema(vestibule, revision, oldest_code)
        status, names = await missing(vestibule)
        assert status == 503
        assert "migrations" in names
        assert "database" not in names

    async def test_code_on_an_older_schema_is_not_ready(self, database_url, tmp_path):
        await asyncio.to_thread(migrate.downgrade, url.parse(database_url), "0010")
        async with running(database_url, tmp_path) as vestibule:
            status, names = await missing(vestibule)
            assert (status, "migrations" in names, "database" in names) == (503, True, False)

    async def test_upgrading_leaves_a_newer_schema_that_fits_and_refuses_another(self, database_url, tmp_path):
        address = url.parse(database_url)
        async with running(database_url, tmp_path) as vestibule:
            await at_schema(vestibule, NEXT, HEAD)
            await asyncio.to_thread(migrate.upgrade, address)
            assert await asyncio.to_thread(migrate.current, address) == NEXT
            await at_schema(vestibule, NEXT, NEXT)
            for step in (migrate.upgrade, lambda address: migrate.downgrade(address, "-1")):
                with pytest.raises(migrate.NewerSchema):
                    await asyncio.to_thread(step, address)
            await at_schema(vestibule, HEAD, HEAD)

    def test_a_migration_that_takes_something_from_older_code_says_so(self):
        """`db/migrations/__init__.py` has the rule; it begins with the revision after the one that made the record."""
        taking = re.compile(r"DROP (COLUMN|TABLE)|RENAME|SET NOT NULL")
        for path in sorted(VERSIONS.glob("*.py")):
            going_up = path.read_text().partition("def downgrade")[0]
            if path.name[:4] > "0012" and taking.search(going_up):
                assert "UPDATE schema_compatibility SET oldest_code" in going_up, path.name


@asynccontextmanager
async def read_only(vestibule):
    """The database of this system takes no writes."""
    engine = vestibule.database._engine
    if engine.dialect == "sqlite":
        await engine.on_writer(lambda connection: connection.execute("PRAGMA query_only = ON"))
        yield
        await engine.on_writer(lambda connection: connection.execute("PRAGMA query_only = OFF"))
        return
    name = (await vestibule.rows("SELECT current_database() AS name"))[0]["name"]
    await vestibule.run(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await _reconnect(engine)
    yield
    async with vestibule.database.reading() as work:
        await work.connection.run("SET default_transaction_read_only = off")
        await work.connection.run(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    await _reconnect(engine)


async def _reconnect(engine):
    while engine._held:
        await engine._pool.release(engine._held.pop())
    await engine._pool.expire_connections()


class TestWrites:
    async def test_a_read_only_database_is_not_ready_until_it_takes_writes_again(self, vestibule):
        await vestibule.register()
        assert await missing(vestibule) == (200, set())
        async with read_only(vestibule):
            assert await missing(vestibule) == (503, {"writes"})
        assert await missing(vestibule) == (200, set())

    async def test_neither_is_one_that_refuses_the_write_for_any_other_reason(self, vestibule):
        if vestibule.database._engine.dialect == "sqlite":
            refuse, allow = (
                "CREATE TRIGGER full BEFORE INSERT ON write_probes BEGIN SELECT RAISE(ABORT, 'full'); END",
                "DROP TRIGGER full",
            )
        else:
            refuse, allow = (
                "ALTER TABLE write_probes ADD CONSTRAINT full_disk CHECK (false)",
                "ALTER TABLE write_probes DROP CONSTRAINT full_disk",
            )
        await vestibule.run(refuse)
        assert await missing(vestibule) == (503, {"writes"})
        await vestibule.run(allow)
        assert await missing(vestibule) == (200, set())

    async def test_a_folder_that_takes_no_file_is_not_ready(self, sqlite_url, tmp_path, monkeypatch):
        """As on a full disk, where the database may still have free pages."""
        async with running(sqlite_url, tmp_path) as vestibule:
            engine = vestibule.database._engine
            monkeypatch.setattr(engine, "_path", tmp_path / "gone" / "vestibule.db")
            assert await missing(vestibule) == (503, {"writes"})
            monkeypatch.undo()
            assert await missing(vestibule) == (200, set())

    async def test_what_was_tried_is_not_there_afterwards(self, vestibule):
        folder = vestibule.database._engine._path.parent if vestibule.database.is_across_a_network is False else None
        await vestibule.run("DELETE FROM write_probes")  # the first write makes the files where processes queue for it
        before = sorted(folder.iterdir()) if folder else []
        for _ in range(3):
            assert await missing(vestibule) == (200, set())
        assert await vestibule.rows("SELECT 1 FROM write_probes") == []
        assert (sorted(folder.iterdir()) if folder else []) == before

    async def test_it_is_tried_every_few_seconds_only(self, vestibule):
        assert await missing(vestibule) == (200, set())
        async with read_only(vestibule):
            answers = await asyncio.gather(*(vestibule.get("/health/ready") for _ in range(20)))
            assert {answer.status_code for answer in answers} == {200}
            assert await missing(vestibule) == (503, {"writes"})


class TestSecret:
    @pytest.fixture
    def under(self, database_url, tmp_path):
        return lambda secret, accepted="": running(
            database_url, tmp_path, SECRET_KEY=secret, **({"SECRET_KEY_ACCEPTED": accepted} if accepted else {})
        )

    async def test_one_that_opens_none_of_the_keys_is_not_ready_and_no_crash(self, under):
        async with under(SECRET) as right:
            await right.signed_in()
            assert await missing(right) == (200, set())
        async with under(OTHER) as wrong:
            assert await missing(wrong) == (503, {"secret"})
            assert (await wrong.log_in()).status_code == 503
            assert await wrong.services.operations.secret_check.fits() is False
        async with under(OTHER, SECRET) as both:
            assert await missing(both) == (200, set())
            assert (await both.log_in()).status_code == 200
            await both.services.operations.secret_rotation.reseal()
        async with under(OTHER) as rotated:
            assert await missing(rotated) == (200, set())
            assert (await rotated.log_in()).status_code == 200

    async def test_seeds_of_apps_count_where_no_token_was_ever_signed(self, under):
        async with under(SECRET) as right:
            await right.with_app()
            assert await right.rows("SELECT 1 FROM signing_keys") == []
            assert await missing(right) == (200, set())
        async with under(OTHER) as wrong:
            assert await missing(wrong) == (503, {"secret"})

    async def test_any_fits_a_database_that_has_nothing_sealed(self, under):
        for secret in (SECRET, OTHER):
            async with under(secret) as vestibule:
                assert await missing(vestibule) == (200, set())

    async def test_a_lost_one_is_replaced_by_a_new_key_that_signs_after_its_wait(self, under):
        async with under(SECRET) as right:
            await right.signed_in()
        async with under(OTHER) as wrong:
            await wrong.services.tokens.signing_keys.rotate()
            assert await wrong.services.operations.secret_check.fits() is True
            assert await missing(wrong) == (503, {"secret"})
            wrong.clock.advance(11 * 60 * SECOND)
            assert await missing(wrong) == (200, set())
            assert (await wrong.log_in()).status_code == 200

    async def test_emails_that_no_secret_opens_wait_for_the_right_one(self, under):
        async with under(SECRET) as right:
            await right.register()
        async with under(OTHER) as wrong:
            await wrong.services.records.outbox.send_due()
        async with under(SECRET) as right:
            right.clock.advance(60 * SECOND)
            assert len(await right.mails("alice", "Confirm")) == 1

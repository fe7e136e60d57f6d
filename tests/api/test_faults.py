"""What happens when something behind us breaks: the defined answer, nothing half done, and recovery by itself."""

import asyncio
import sqlite3

import asyncpg
import pytest
from starlette.requests import ClientDisconnect

from fakes import SteppingClock
from harness import PASSWORD, bearer, environment
from vestibule import settings
from vestibule.app import create_app
from vestibule.bootstrap import Overrides
from vestibule.domain.errors import Overloaded
from vestibule.middleware.errors import ErrorsMiddleware

GOOD = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}


async def unavailable(answer) -> None:
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"
    assert int(answer.headers["retry-after"]) > 0
    for word in ("sqlite", "asyncpg", "select", "insert"):
        assert word not in str({k: v for k, v in answer.json().items() if k != "stack"}).lower()


class TestPostgresDown:
    @pytest.fixture
    def address(self, postgres_templates):
        address = postgres_templates.fresh()
        yield address
        postgres_templates.drop(address)

    @pytest.fixture
    async def cut(self, postgres_templates, address, tmp_path):
        """A system whose database can be taken away and given back."""
        from harness import running

        async with running(address, tmp_path) as vestibule:

            async def allow(word: str) -> None:
                admin = await asyncpg.connect(postgres_templates._admin)
                name = address.partition("?")[0].rpartition("/")[2]
                await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {word}")
                if word == "false":
                    await admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
                    )
                await admin.close()

            yield vestibule, allow
            await allow("true")

    async def test_pages_come_all_the_same_without_a_csrf_token_for_the_session(self, cut):
        vestibule, allow = cut
        browser = vestibule.browser()
        await browser.register()
        session = f"vestibule_session={browser.http.cookies['vestibule_session']}"
        await allow("false")
        page = await vestibule.browser().http.get("/", headers={"Cookie": session})
        assert (page.status_code, page.headers["cache-control"], "set-cookie" in page.headers) == (
            200,
            "no-cache",
            False,
        )
        assert "XSRF-TOKEN" in (await vestibule.browser().get("/")).cookies
        refused = await vestibule.browser().http.delete("/api/session", headers={"Cookie": session})
        assert refused.status_code == 503

    async def test_everything_answers_503_and_recovers_by_itself(self, cut):
        vestibule, allow = cut
        tokens = await vestibule.signed_in()
        await allow("false")
        await unavailable(await vestibule.get("/api/account", **bearer(tokens)))
        await unavailable(await vestibule.log_in())
        await unavailable(await vestibule.post("/api/auth/logout", **bearer(tokens)))
        await unavailable(await vestibule.register("bobby"))
        assert (await vestibule.get("/health")).status_code == 200
        ready = await vestibule.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, False)
        await allow("true")
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 200
        assert (await vestibule.get("/health/ready")).status_code == 200
        assert (await vestibule.register("bobby")).status_code == 201

    async def test_a_database_that_was_never_there_is_503_too(self, tmp_path):
        address = "postgresql://nobody@127.0.0.1:9/nothing"
        given = settings.load(environ=environment(address, tmp_path))
        app = create_app(given, Overrides(clock=SteppingClock()))
        from harness import Vestibule

        vestibule = Vestibule(app, None, "http://localhost:8000")
        await unavailable(await vestibule.log_in())
        assert (await vestibule.get("/health/ready")).status_code == 503


class TestReadOnly:
    async def test_writes_are_503_and_checks_still_answer(self, vestibule):
        tokens = await vestibule.signed_in()
        if vestibule.database._engine.dialect == "sqlite":
            await vestibule.database._engine.on_writer(lambda connection: connection.execute("PRAGMA query_only = ON"))
        else:
            await vestibule.run("ALTER ROLE CURRENT_USER SET default_transaction_read_only = on")
            await vestibule.rows(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND application_name = 'vestibule' AND datname = current_database()"
            )
            engine = vestibule.database._engine
            while engine._held:
                await engine._pool.release(engine._held.pop())
            await engine._pool.expire_connections()
        try:
            vestibule.clock.advance(61_000_000)
            await unavailable(
                await vestibule.post("/api/auth/register", GOOD | {"username": "bobby", "email": "b@b.io"})
            )
            assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 200
        finally:
            if vestibule.database._engine.dialect == "postgresql":
                async with vestibule.database.reading() as work:
                    await work.connection.run("SET default_transaction_read_only = off")
                    await work.connection.run("ALTER ROLE CURRENT_USER RESET default_transaction_read_only")

    async def test_a_locked_sqlite_file_is_503_within_its_time_limit(self, sqlite_templates, tmp_path, monkeypatch):
        from harness import running
        from vestibule.db import sqlite

        monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
        address = sqlite_templates.fresh()
        async with running(address, tmp_path) as vestibule:
            other = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            await unavailable(await vestibule.register())
            other.execute("ROLLBACK")
            other.close()
            assert (await vestibule.register()).status_code == 201


class TestHalfDone:
    async def test_a_crash_before_the_commit_leaves_nothing(self, vestibule, monkeypatch):
        notifications = vestibule.services.records.notifications

        async def crash(*_):
            raise RuntimeError("the process would have died here")

        monkeypatch.setattr(notifications, "verify_email", crash)
        assert (await vestibule.register()).status_code == 500
        for table in ("users", "one_time_codes", "outbox", "audit_events"):
            assert await vestibule.rows(f"SELECT 1 FROM {table}") == []
        monkeypatch.undo()
        assert (await vestibule.register()).status_code == 201

    async def test_a_cancelled_request_leaves_no_open_transaction(self, vestibule):
        started = asyncio.Event()

        async def hang():
            async with vestibule.database.writing() as work:
                await work.connection.run("INSERT INTO roles (name, created_at) VALUES ('ghost', 1)")
                started.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hang())
        await started.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await vestibule.register()).status_code == 201
        assert await vestibule.rows("SELECT 1 FROM roles") == []


class TestOverload:
    async def test_a_full_queue_is_503_before_any_hash_starts(self, start):
        async with start(PASSWORD_THREADS="1", PASSWORD_QUEUE="0", ARGON2_MEMORY_KIB="19456") as vestibule:
            await vestibule.register()
            answers = await asyncio.gather(*(vestibule.log_in(f"user{n}@example.com") for n in range(8)))
            assert sorted({answer.status_code for answer in answers}) == [401, 503]
            refused = next(answer for answer in answers if answer.status_code == 503)
            assert refused.json()["code"] == Overloaded.code
            assert int(refused.headers["retry-after"]) > 0
            assert (await vestibule.get("/health")).status_code == 200

    async def test_an_overload_counts_as_nobody_s_failure(self, start):
        async with start(PASSWORD_THREADS="1", PASSWORD_QUEUE="0", ARGON2_MEMORY_KIB="19456") as vestibule:
            await vestibule.register()
            answers = await asyncio.gather(*(vestibule.log_in(password=f"wrong guess {n}") for n in range(30)))
            tried = sum(answer.status_code == 401 for answer in answers)
            counted = await vestibule.rows("SELECT hits FROM rate_limits WHERE key LIKE 'account:%'")
            assert [row["hits"] for row in counted] == [tried]
            assert tried < 10


@pytest.mark.parametrize(
    "error", [Overloaded(), ClientDisconnect(), ValueError()], ids=lambda error: type(error).__name__
)
async def test_an_answer_that_breaks_is_not_followed_by_a_second_one(error):
    """Its server learns of it, and ends the connection."""

    async def breaks(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    sent = []

    async def send(message):
        sent.append(message)

    with pytest.raises(type(error)):
        await ErrorsMiddleware(ErrorsMiddleware(breaks))({"type": "http"}, None, send)
    assert [message.get("status") for message in sent] == [200]

"""One small pool per worker: never more connections than it says, and a limit on waiting for one."""

import asyncio
import time
from contextlib import AsyncExitStack

import asyncpg
import pytest

from harness import bearer, running
from vestibule.db import postgres
from vestibule.domain.errors import DatabaseUnavailable

OURS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'vestibule%'"


async def test_a_crowd_shares_the_few_connections_there_are(postgres_url, tmp_path):
    async with running(postgres_url, tmp_path, DATABASE_POOL_SIZE="3", SESSION_CACHE_MIB="32") as vestibule:
        await vestibule.caching()
        headers = bearer(await vestibule.signed_in())
        watcher = await asyncpg.connect(postgres_url)
        most, done = 0, False

        async def watch():
            nonlocal most
            while not done:
                most = max(most, await watcher.fetchval(OURS))

        watching = asyncio.create_task(watch())
        answers = await asyncio.gather(*(vestibule.get("/api/sessions", **headers) for _ in range(60)))
        done = True
        await watching
        await watcher.close()
        assert {answer.status_code for answer in answers} == {200}
        assert most == 3  # the one that listens among them


async def test_after_a_crowd_connections_that_nobody_needs_are_closed(postgres_url, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "IDLE_SECONDS", 0.1)
    async with running(postgres_url, tmp_path) as vestibule:
        headers = bearer(await vestibule.signed_in())
        watcher = await asyncpg.connect(postgres_url)
        async with AsyncExitStack() as crowd:
            for _ in range(6):
                await crowd.enter_async_context(vestibule.database.reading())
            assert await watcher.fetchval(OURS) >= 6
        given_up = time.monotonic() + 20
        while (left := await watcher.fetchval(OURS)) > 3 and time.monotonic() < given_up:
            await vestibule.get("/api/sessions", **headers)
        assert left <= 3
        assert (await vestibule.get("/api/sessions", **headers)).status_code == 200
        await watcher.close()


async def test_whoever_waits_too_long_for_a_connection_is_told_to_come_back(postgres_url, tmp_path):
    settings = {"DATABASE_POOL_SIZE": "3", "DATABASE_POOL_WAIT": "0.05"}
    async with running(postgres_url, tmp_path, **settings) as vestibule:
        headers = bearer(await vestibule.signed_in())
        async with vestibule.database.reading(), vestibule.database.reading():
            answer = await vestibule.get("/api/sessions", **headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await vestibule.get("/api/sessions", **headers)).status_code == 200


async def test_a_connection_that_died_while_it_was_kept_is_replaced(postgres_url, tmp_path):
    async with running(postgres_url, tmp_path) as vestibule:
        headers = bearer(await vestibule.signed_in())
        watcher = await asyncpg.connect(postgres_url)
        await watcher.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'vestibule'"
        )
        await watcher.close()
        # The news may come with the first use; the second finds a new connection in any case.
        await vestibule.get("/api/sessions", **headers)
        assert (await vestibule.get("/api/sessions", **headers)).status_code == 200


async def test_a_statement_that_takes_too_long_is_stopped(postgres_url, tmp_path):
    async with running(postgres_url, tmp_path, DATABASE_STATEMENT_TIMEOUT="0.1") as vestibule:
        with pytest.raises(DatabaseUnavailable):
            await vestibule.rows("SELECT pg_sleep(30)")
        headers = bearer(await vestibule.signed_in())
        assert (await vestibule.get("/api/sessions", **headers)).status_code == 200


async def test_a_lock_that_is_not_given_up_is_not_waited_for_for_ever(postgres_url, tmp_path):
    async with running(postgres_url, tmp_path, DATABASE_LOCK_TIMEOUT="0.1") as vestibule:
        headers = bearer(await vestibule.signed_in())
        holder = await asyncpg.connect(postgres_url)
        async with holder.transaction():
            await holder.execute("SELECT id FROM sessions FOR UPDATE")
            answer = await vestibule.post("/api/auth/logout", **headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        await holder.close()
        assert (await vestibule.get("/api/sessions", **headers)).status_code == 200  # it had not ended
        assert (await vestibule.post("/api/auth/logout", **headers)).status_code == 200


async def test_connections_to_a_server_that_became_read_only_are_left_behind(postgres_url, tmp_path):
    """As after a failover: old connections lead to what is a standby now, new ones to the primary."""
    async with running(postgres_url, tmp_path) as vestibule:
        headers = bearer(await vestibule.signed_in())
        async with vestibule.database.reading() as one, vestibule.database.reading() as two:
            for work in (one, two):
                await work.connection.run("SET default_transaction_read_only = on")
        stands_still = await vestibule.post("/api/auth/logout", **headers)
        assert stands_still.status_code == 503
        assert (await vestibule.post("/api/auth/logout", **headers)).status_code == 200


async def test_closing_waits_for_what_runs_and_for_no_connection_that_was_given_back(postgres_url):
    engine = postgres.PostgresEngine(postgres_url, "public", postgres.PoolPolicy())
    await engine.open()
    async with engine.reading() as connection:
        closing = asyncio.create_task(engine.close())
        while not engine._pool.is_closing():
            await asyncio.sleep(0)
        assert await connection.one("SELECT 1")
        assert not closing.done()
    async with asyncio.timeout(10):
        await closing

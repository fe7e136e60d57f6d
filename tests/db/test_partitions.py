"""deploy/postgresql/partitions.sql: the same product over divided tables, and a retention that drops parts."""

from pathlib import Path

import asyncpg

from harness import bearer, running

SCRIPT = (Path(__file__).parents[2] / "deploy" / "postgresql" / "partitions.sql").read_text()
PARTS = "SELECT count(*) FROM pg_inherits WHERE inhparent = '{}'::regclass"


async def test_everything_works_over_partitioned_tables(postgres_url, tmp_path):
    async with running(postgres_url, tmp_path) as before:
        old = await before.signed_in()
    connection = await asyncpg.connect(postgres_url)
    async with connection.transaction():
        await connection.execute(SCRIPT)
    async with running(postgres_url, tmp_path) as vestibule:
        await vestibule.caching()
        assert (await vestibule.get("/api/auth/profile", **bearer(old))).status_code == 200
        browser = vestibule.browser()
        await browser.sign_in()
        assert await browser.whoami()
        fresh = (await vestibule.post("/api/auth/refresh", {"refreshToken": old["refreshToken"]})).json()
        assert (await vestibule.post("/api/auth/refresh", {"refreshToken": fresh["refreshToken"]})).status_code == 200
        assert (await vestibule.post("/api/auth/logout", **bearer(fresh))).status_code == 200
        assert (await vestibule.get("/api/auth/profile", **bearer(old))).status_code == 401
        assert await browser.whoami()
    assert await connection.fetchval("SELECT count(*) FROM refresh_tokens_rest") == 0
    assert await connection.fetchval(PARTS.format("sessions")) == 16
    await connection.close()


async def test_old_parts_are_dropped_and_new_ones_added(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    async with connection.transaction():
        await connection.execute(SCRIPT)
    count = PARTS.format("refresh_tokens")
    before = await connection.fetchval(count)
    await connection.execute("SELECT vestibule_add_partitions(12)")
    assert await connection.fetchval(count) == before + 4
    drop = "SELECT vestibule_drop_partitions('refresh_tokens', now() + interval '22 days')"
    assert await connection.fetchval(drop) in {3, 4}
    assert await connection.fetchval(drop) == 0
    await connection.close()

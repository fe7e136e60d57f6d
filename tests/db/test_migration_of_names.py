"""Revision 0010 gives columns and values the field's names; rows of before keep what they mean, up and down."""

import asyncio

from harness import running
from vestibule.db import migrate, url

SESSIONS = "SELECT type FROM sessions ORDER BY type"
ATTEMPTS = "SELECT session_type FROM login_attempts ORDER BY session_type"
OUTBOX = "SELECT kind, name FROM outbox ORDER BY kind"


async def signed_in_twice(vestibule):
    """A session of each type, an attempt of each, a deferred job that waits."""
    browser = vestibule.browser()
    await browser.register()
    await vestibule.log_in()
    await browser.begin()
    await vestibule.post("/api/login", {"sessionType": "token", "identifier": "alice"})
    await vestibule.post("/api/auth/forgot-password", {"email": "alice@example.com"})


async def shown(vestibule, sql):
    return [tuple(row) for row in await vestibule.rows(sql)]


async def test_names_change_and_meanings_stay(database_url, tmp_path):
    address = url.parse(database_url)
    async with running(database_url, tmp_path) as vestibule:
        await signed_in_twice(vestibule)
        before = [await shown(vestibule, sql) for sql in (SESSIONS, ATTEMPTS, OUTBOX)]
    assert before[0] == [("cookie",), ("token",)]
    assert ("deferred_job", "password_reset") in before[2]
    assert {kind for kind, _ in before[2]} == {"deferred_job", "email"}

    await asyncio.to_thread(migrate.downgrade, address, "0009")
    async with running(database_url, tmp_path) as older:
        assert await shown(older, "SELECT kind FROM sessions ORDER BY kind") == [("browser",), ("token",)]
        assert await shown(older, "SELECT door FROM login_attempts ORDER BY door") == [("browser",), ("token",)]
        assert ("errand.password_reset",) in await shown(older, "SELECT template FROM outbox")

    await asyncio.to_thread(migrate.upgrade, address)
    async with running(database_url, tmp_path) as vestibule:
        assert [await shown(vestibule, sql) for sql in (SESSIONS, ATTEMPTS, OUTBOX)] == before
        assert await vestibule.mails("alice", "Reset your password")


async def test_an_email_that_was_sent_stays_one(database_url, tmp_path):
    address = url.parse(database_url)
    await asyncio.to_thread(migrate.downgrade, address, "0009")
    async with running(database_url, tmp_path) as older:
        await older.run(
            """INSERT INTO outbox (id, template, payload_sealed, created_at, next_try_at, sent_at)
                VALUES ('mail_1', 'new_device', NULL, 1, 1, 2)"""
        )
    await asyncio.to_thread(migrate.upgrade, address)
    async with running(database_url, tmp_path) as vestibule:
        assert await shown(vestibule, OUTBOX) == [("email", "new_device")]

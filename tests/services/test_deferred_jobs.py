"""Work after the answer begins at a moment that nobody outside knows (ADR 14)."""

import pytest

SECOND = 1_000_000


@pytest.fixture
async def spread(start):
    async with start(MAIL_SPREAD="2s", LIMIT_CODES="1000/1m") as vestibule:
        yield vestibule


async def asked(vestibule, times: int) -> list[int]:
    for _ in range(times):
        await vestibule.post("/api/auth/forgot-password", {"email": "alice@example.com"})
    waits = "SELECT next_try_at - created_at AS wait FROM outbox WHERE kind = 'deferred_job' ORDER BY id"
    return [row["wait"] for row in await vestibule.rows(waits)]


async def test_errands_are_spread_over_the_time_that_is_set(spread):
    after = await asked(spread, 40)
    assert len(set(after)) == 40
    assert min(after) >= 0
    assert max(after) <= 2 * SECOND
    assert max(after) - min(after) > SECOND


async def test_nothing_happens_before_the_moment_and_the_worker_wakes_for_it(spread):
    await spread.register()
    await spread.mails()
    (after,) = await asked(spread, 1)
    assert await spread.services.records.outbox.send_due() == 0
    pause = await spread.services.records.outbox.pause(60 * SECOND)
    assert after - SECOND / 100 < pause <= after
    spread.clock.advance(after)
    assert await spread.services.records.outbox.send_due() == 2  # the errand, and the mail that it queued
    assert await spread.services.records.outbox.pause(60 * SECOND) == 60 * SECOND


async def test_in_development_they_are_due_at_once(vestibule):
    assert await asked(vestibule, 3) == [0, 0, 0]


async def test_other_mails_do_not_wait(spread):
    await spread.register()
    assert await spread.services.records.outbox.send_due() == 1

"""Two instances on one database whose clocks differ by up to a minute, which docs/scaling.md tolerates."""

import pytest

from harness import bearer, running

SECOND = 1_000_000


@pytest.fixture
async def two(database_url, tmp_path):
    async with running(database_url, tmp_path / "one") as one, running(database_url, tmp_path / "two") as two:
        yield one, two


def refreshed(instance, tokens):
    return instance.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})


@pytest.mark.parametrize("apart", [0, 30, 59])
@pytest.mark.parametrize("ahead", ["the first", "the second"])
async def test_a_refresh_token_that_both_get_at_once_is_a_lost_answer(two, apart, ahead):
    first, second = two
    (first if ahead == "the first" else second).clock.advance(apart * SECOND)
    tokens = await first.signed_in()
    fresh = await refreshed(first, tokens)
    again = await refreshed(second, tokens)
    assert (again.status_code, again.json()["refreshToken"]) == (200, fresh.json()["refreshToken"])
    assert (await second.get("/api/account", **bearer(again.json()))).status_code == 200
    assert (await refreshed(second, again.json())).status_code == 200


@pytest.mark.parametrize("apart", [30, -30])
async def test_a_token_that_was_used_up_long_ago_ends_the_family_at_either(two, apart):
    first, second = two
    first.clock.advance(30 * SECOND + apart * SECOND)
    second.clock.advance(30 * SECOND)
    tokens = await first.signed_in()
    fresh = (await refreshed(first, tokens)).json()
    for instance in two:
        instance.clock.advance(101 * SECOND)
    assert (await refreshed(second, tokens)).status_code == 401
    assert (await refreshed(first, fresh)).status_code == 401


async def test_the_grandparent_is_reuse_at_the_other_instance_too(two):
    first, second = two
    second.clock.advance(30 * SECOND)
    tokens = await first.signed_in()
    child = (await refreshed(first, tokens)).json()
    assert (await refreshed(second, child)).status_code == 200
    assert (await refreshed(first, tokens)).status_code == 401


async def test_an_instance_holds_its_own_clock_to_the_grace(two):
    first, _ = two
    tokens = await first.signed_in()
    assert (await refreshed(first, tokens)).status_code == 200
    first.clock.advance(11 * SECOND)
    assert (await refreshed(first, tokens)).status_code == 401


async def test_a_sign_in_where_the_clock_is_behind_counts_after_a_reset_where_it_is_ahead(two):
    first, second = two
    first.clock.advance(30 * SECOND)
    await first.register()
    body = {"token": await first.reset_token(), "password": "quiet green lantern"}
    assert (await first.post("/api/auth/reset-password", body)).status_code == 200
    tokens = (await second.log_in(password="quiet green lantern")).json()
    assert (await second.get("/api/account", **bearer(tokens))).status_code == 200

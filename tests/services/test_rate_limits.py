"""Limits to the microsecond: what is left, when to come back, and how long failures make one wait."""

import pytest

from vestibule.domain.rate_limit import Backoff, Limit, Tried

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND
FIVE = Limit("five", 5, 10 * SECOND)  # one use costs two seconds
TWO = Limit("two", 2, 60 * SECOND)
BACKOFF = Backoff(free=3, base=10 * SECOND, cap=50 * SECOND, most=9, forget_after=1000 * SECOND)


@pytest.fixture
async def limits(vestibule):
    async with vestibule.database.writing() as work:
        yield work.rate_limits


async def test_a_burst_then_one_by_one(limits):
    taken = [await limits.reserve(FIVE, "a", NOW) for _ in range(6)]
    assert [(one.allowed, one.remaining) for one in taken] == [
        (True, 4), (True, 3), (True, 2), (True, 1), (True, 0), (False, 0),
    ]  # fmt: skip
    assert [one.retry_at - NOW for one in taken] == [n * SECOND for n in (2, 4, 6, 8, 10, 2)]
    # A `now` may lie a little behind the one before it, half a use at most.
    assert not (await limits.reserve(FIVE, "a", NOW + SECOND - 1)).allowed
    later = await limits.reserve(FIVE, "a", NOW + 2 * SECOND)
    assert (later.allowed, later.remaining, later.retry_at) == (True, 0, NOW + 12 * SECOND)
    assert not (await limits.reserve(FIVE, "a", NOW + 2 * SECOND)).allowed
    assert (await limits.reserve(FIVE, "b", NOW)).remaining == 4
    assert (await limits.reserve(FIVE, "a", NOW + 100 * SECOND)).remaining == 4


async def test_a_clock_may_lie_behind_by_half_a_use(limits):
    fast = Limit("fast", 10, SECOND)
    for _ in range(10):
        assert (await limits.reserve(fast, "a", NOW)).allowed
    assert not (await limits.reserve(fast, "a", NOW + 49_999)).allowed
    assert (await limits.reserve(fast, "a", NOW + 50_000)).allowed


async def test_what_the_first_of_two_refuses_costs_nothing_of_the_second(limits):
    for left in (1, 0):
        first, second = await limits.reserve_in_order([(TWO, "x"), (FIVE, "y")], NOW)
        assert (first.allowed, first.remaining, second.allowed, second.remaining) == (True, left, True, left + 3)
    for _ in range(3):
        refused = await limits.reserve_in_order([(TWO, "x"), (FIVE, "y")], NOW)
        assert [one.allowed for one in refused] == [False]
        assert refused[0].retry_at == NOW + 30 * SECOND
    assert (await limits.reserve(FIVE, "y", NOW)).remaining == 2


async def test_of_two_the_second_may_refuse_and_one_alone_works_too(limits):
    for _ in range(2):
        await limits.reserve_in_order([(TWO, "z")], NOW)
    taken = await limits.reserve_in_order([(FIVE, "y"), (TWO, "z")], NOW)
    assert [(one.allowed, one.remaining) for one in taken] == [(True, 4), (False, 0)]
    assert taken[1].retry_at == NOW + 30 * SECOND
    three = await limits.reserve_in_order([(FIVE, "y"), (FIVE, "w"), (TWO, "z")], NOW)
    assert [one.allowed for one in three] == [True, True, False]


async def test_a_clock_that_ran_ahead_locks_nobody_out(limits):
    await limits.reserve(FIVE, "a", NOW + 3600 * SECOND)
    assert (await limits.reserve(FIVE, "a", NOW)).remaining == 4


async def test_failures_wait_longer_each_time(limits):
    now, waits = NOW, []
    for count in range(1, 9):
        assert await limits.count_failure(BACKOFF, "who", now) == Tried(count)
        again = await limits.count_failure(BACKOFF, "who", now) if count >= BACKOFF.free else now
        waits.append((again - now) // SECOND)
        now = again
    assert waits == [0, 0, 10, 20, 40, 50, 50, 50]
    assert await limits.count_failure(BACKOFF, "who", now) == Tried(9)
    assert await limits.count_failure(BACKOFF, "who", now + 999 * SECOND) == now + 1000 * SECOND
    # Forgotten: it begins anew.
    assert await limits.count_failure(BACKOFF, "who", now + 1000 * SECOND) == Tried(1)


async def test_the_right_secret_forgets_them(limits):
    for _ in range(3):
        await limits.count_failure(BACKOFF, "who", NOW)
    await limits.release("who")
    assert await limits.count_failure(BACKOFF, "who", NOW) == Tried(1)


async def test_only_what_holds_nothing_back_is_purged(limits):
    await limits.reserve(FIVE, "a", NOW)
    await limits.count_failure(BACKOFF, "who", NOW)
    assert await limits.purge(NOW + 2 * SECOND, 10) == 0
    assert await limits.purge(NOW + 3 * SECOND, 10) == 1
    assert await limits.purge(NOW + 1001 * SECOND, 10) == 1

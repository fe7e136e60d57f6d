from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.domain.instant import HOUR, SECOND
from vestibule.domain.rate_limit import Allowance, Backoff, Limit, Tried
from vestibule.repositories.rate_limits import RateLimits

TWO = Limit("two", 2, 2 * SECOND)
ONE = Limit("one", 1, SECOND)
BACKOFF = Backoff(free=2, base=SECOND, cap=4 * SECOND, most=6, forget_after=HOUR)


class TestReserving:
    @contract(RateLimits.reserve)
    async def test_a_burst_is_allowed_and_then_one_after_each_interval(self, work):
        taken = [await work.rate_limits.reserve(TWO, "a", NOW) for _ in range(3)]
        assert [(one.allowed, one.remaining) for one in taken] == [(True, 1), (True, 0), (False, 0)]
        assert taken[2] == Allowance(TWO, allowed=False, remaining=0, retry_at=NOW + SECOND)
        assert (await work.rate_limits.reserve(TWO, "b", NOW)).allowed
        assert (await work.rate_limits.reserve(TWO, "a", NOW + SECOND)).allowed
        assert not (await work.rate_limits.reserve(TWO, "a", NOW + SECOND)).allowed

    @contract(RateLimits.reserve)
    async def test_a_clock_that_ran_ahead_locks_out_no_longer_than_a_minute(self, work):
        for _ in range(2):
            await work.rate_limits.reserve(TWO, "a", NOW + HOUR)
        assert (await work.rate_limits.reserve(TWO, "a", NOW)).remaining == 1

    @contract(RateLimits.reserve_in_order)
    async def test_a_use_that_the_first_refuses_does_not_count_against_the_second(self, work):
        allowed = []
        for _ in range(3):
            taken = await work.rate_limits.reserve_in_order([(ONE, "a"), (TWO, "b")], NOW)
            allowed.append([one.allowed for one in taken])
        assert allowed == [[True, True], [False], [False]]
        assert (await work.rate_limits.reserve(TWO, "b", NOW)).remaining == 0

    @contract(RateLimits.reserve_in_order)
    async def test_the_second_may_refuse_and_keeps_the_first_s_use(self, work):
        await work.rate_limits.reserve(ONE, "b", NOW)
        taken = await work.rate_limits.reserve_in_order([(TWO, "a"), (ONE, "b")], NOW)
        assert [(one.limit, one.allowed, one.retry_at) for one in taken] == [
            (TWO, True, NOW + SECOND),
            (ONE, False, NOW + SECOND),
        ]

    @contract(RateLimits.reserve_in_order)
    async def test_any_number_of_buckets(self, work):
        assert await work.rate_limits.reserve_in_order([], NOW) == []
        uses = [(TWO, "a"), (ONE, "b"), (TWO, "c")]
        assert [one.allowed for one in await work.rate_limits.reserve_in_order(uses, NOW)] == [True, True, True]
        assert [one.allowed for one in await work.rate_limits.reserve_in_order(uses, NOW)] == [True, False]
        assert [one.allowed for one in await work.rate_limits.reserve_in_order(uses[2:], NOW)] == [True]


class TestFailures:
    @contract(RateLimits.count_failure)
    async def test_the_wait_doubles_up_to_the_cap_and_grows_no_further_while_one_waits(self, work):
        now = NOW
        for count, wait in ((1, 0), (2, 1), (3, 2), (4, 4), (5, 4)):
            assert await work.rate_limits.count_failure(BACKOFF, "a", now) == Tried(count)
            if wait:
                held = [await work.rate_limits.count_failure(BACKOFF, "a", now + n) for n in (0, wait * SECOND - 1)]
                assert held == [now + wait * SECOND] * 2
            now += wait * SECOND
        assert await work.rate_limits.count_failure(BACKOFF, "a", now) == Tried(BACKOFF.most)
        assert await work.rate_limits.count_failure(BACKOFF, "a", now + 4 * SECOND) == now + HOUR
        assert await work.rate_limits.count_failure(BACKOFF, "b", now) == Tried(1)

    @contract(RateLimits.count_failure, RateLimits.release)
    async def test_failures_are_forgotten_in_time_and_after_a_correct_secret(self, work):
        for _ in range(2):
            await work.rate_limits.count_failure(BACKOFF, "a", NOW)
        assert await work.rate_limits.count_failure(BACKOFF, "a", NOW + HOUR) == Tried(1)
        assert await work.rate_limits.count_failure(BACKOFF, "a", NOW + HOUR) == Tried(2)
        await work.rate_limits.count_failure(BACKOFF, "b", NOW)
        await work.rate_limits.release("a")
        assert await work.rate_limits.count_failure(BACKOFF, "a", NOW + HOUR) == Tried(1)
        assert await work.rate_limits.count_failure(BACKOFF, "b", NOW) == Tried(2)

    @contract(RateLimits.count)
    async def test_counting_never_refuses(self, work):
        assert [await work.rate_limits.count("a", NOW) for _ in range(3)] == [1, 2, 3]
        assert await work.rate_limits.count("b", NOW) == 1

    @contract(RateLimits.purge)
    async def test_expired_keys_go_in_portions(self, work):
        for key, at in (("a", NOW - 1), ("b", NOW - 1), ("c", NOW - 1), ("young", NOW)):
            await work.rate_limits.count(key, at)
        await takes_portions_of_three(lambda count: work.rate_limits.purge(NOW, count))
        assert await work.rate_limits.count("young", NOW) == 2

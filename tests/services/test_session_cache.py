"""The cache by itself: bounded, and never believed against a revocation, whatever came first."""

import sys
import tracemalloc

import pytest

from fakes import SteppingClock
from session_caches import NEVER, make_cache, session
from vestibule.domain.instant import MINUTE, SECOND


@pytest.fixture
def clock():
    return SteppingClock()


@pytest.fixture
def cache(clock):
    return make_cache(clock)


class TestRemembering:
    def test_what_was_put_is_found(self, cache, clock):
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        assert cache.get(b"k", clock.now()).session.username == "user1"
        assert cache.get(b"other", clock.now()) is None

    @pytest.mark.parametrize("field", ["idle_expires_at", "absolute_expires_at"])
    def test_expiry_is_checked_on_every_hit(self, cache, clock, field):
        found = session(clock)._replace(**{field: clock.now() + MINUTE})
        cache.put(b"k", found, cache.begin(), NEVER)
        assert cache.get(b"k", clock.now())
        clock.advance(MINUTE)
        assert cache.get(b"k", clock.now()) is None

    def test_a_credential_ends_by_its_own_time(self, cache, clock):
        cache.put(b"k", session(clock), cache.begin(), clock.now() + MINUTE)
        clock.advance(MINUTE)
        assert cache.get(b"k", clock.now()) is None

    def test_nothing_is_believed_for_longer_than_its_age(self, cache, clock):
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        clock.let_leases_lapse(MINUTE)
        assert cache.get(b"k", clock.now()) is None

    def test_age_counts_from_before_the_lookup(self, cache, clock):
        lookup = cache.begin()
        clock.let_leases_lapse(MINUTE)
        cache.put(b"k", session(clock), lookup, NEVER)
        assert cache.get(b"k", clock.now()) is None


class TestRevoking:
    @pytest.mark.parametrize("subject", ["session_" + "0" * 25 + "1", "user_" + "0" * 25 + "1"])
    def test_what_was_remembered_before_is_not_used(self, cache, clock, subject):
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        cache.revoke(frozenset({"user_x", subject}))
        assert cache.get(b"k", clock.now()) is None

    def test_a_client_s_mark_ends_what_it_was_answered_and_nothing_else(self, cache, clock):
        for key, client in ((b"of the first", "client_1"), (b"of the second", "client_2"), (b"a session", "")):
            cache.put(key, session(clock), cache.begin(), NEVER, client)
        cache.revoke(frozenset({"client_1"}))
        assert cache.get(b"of the first", clock.now()) is None
        assert cache.get(b"of the second", clock.now())
        assert cache.get(b"a session", clock.now())
        cache.revoke(frozenset({session(clock).user_id}))
        assert cache.get(b"of the second", clock.now()) is None

    def test_a_client_s_mark_ends_its_machine_keys(self, cache, clock):
        cache.put(b"k", session(clock)._replace(user_id="client_1"), cache.begin(), NEVER)
        cache.revoke(frozenset({"client_1"}))
        assert cache.get(b"k", clock.now()) is None

    def test_a_client_s_answer_that_was_looked_up_before_its_mark_fills_nothing_after(self, cache, clock):
        lookup = cache.begin()
        cache.revoke(frozenset({"client_1"}))
        cache.put(b"k", session(clock), lookup, NEVER, "client_1")
        assert cache.get(b"k", clock.now()) is None

    def test_others_stay(self, cache, clock):
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        cache.revoke(frozenset({session(clock, 2, 2).id}))
        assert cache.get(b"k", clock.now())

    def test_a_lookup_that_began_before_fills_nothing_after(self, cache, clock):
        lookup = cache.begin()
        found = session(clock)
        cache.revoke(frozenset({found.id}))
        cache.put(b"k", found, lookup, NEVER)
        assert cache.get(b"k", clock.now()) is None

    def test_a_lookup_that_began_after_counts(self, cache, clock):
        cache.revoke(frozenset({session(clock).id}))
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        assert cache.get(b"k", clock.now())

    def test_clearing_outdates_lookups_under_way_too(self, cache, clock):
        lookup = cache.begin()
        cache.put(b"old", session(clock), cache.begin(), NEVER)
        cache.clear()
        cache.put(b"k", session(clock), lookup, NEVER)
        assert cache.get(b"old", clock.now()) is None
        assert cache.get(b"k", clock.now()) is None

    def test_a_forgotten_mark_lets_nothing_from_before_it_through(self, cache, clock):
        lookup = cache.begin()
        cache.revoke(frozenset({session(clock).id}))
        clock.let_leases_lapse(MINUTE + SECOND)
        cache.revoke(frozenset({"another"}))  # makes room: the first mark is older than any entry may get
        cache.put(b"k", session(clock), lookup, NEVER)
        assert cache.get(b"k", clock.now()) is None

    def test_a_storm_of_revocations_is_bounded(self, cache, clock):
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        for number in range(10_001):
            cache.revoke(frozenset({f"session_x{number}"}))
        assert len(cache._marks) <= 10_000
        assert cache.get(b"k", clock.now()) is None


class TestBounds:
    def test_the_oldest_go_first(self, clock):
        cache = make_cache(clock, 10_000)
        for number in range(100):
            cache.put(b"%d" % number, session(clock, number), cache.begin(), NEVER)
        assert cache.size <= 10_000
        assert 0 < len(cache) < 20
        assert cache.get(b"99", clock.now())
        assert cache.get(b"0", clock.now()) is None

    def test_without_room_nothing_is_kept(self, clock):
        cache = make_cache(clock, 0)
        assert cache.put(b"k", session(clock), cache.begin(), NEVER).session.username == "user1"
        assert (len(cache), cache.size) == (0, 0)

    def test_replacing_and_expiring_keep_the_books_right(self, cache, clock):
        for _ in range(3):
            cache.put(b"k", session(clock), cache.begin(), NEVER)
        assert cache.size == cache.get(b"k", clock.now()).size
        cache.revoke(frozenset({session(clock).id}))
        cache.get(b"k", clock.now())
        assert (len(cache), cache.size) == (0, 0)

    def test_the_books_do_not_lie_about_memory(self, clock):
        cache = make_cache(clock, 1 << 30)
        tracemalloc.start()
        for number in range(2_000):
            entry = cache.put(number.to_bytes(32, "big"), session(clock, number, number), cache.begin(), NEVER)
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert 0.7 < cache.size / used < 1.3, (cache.size / 2000, used / 2000, sys.getsizeof(entry))

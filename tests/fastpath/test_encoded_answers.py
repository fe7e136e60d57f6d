"""The answers that the fast path has encoded: bounded, and made of the very session that the cache holds now."""

import tracemalloc

import pytest

from fakes import SteppingClock
from session_caches import NEVER, make_cache, session
from vestibule.domain.instant import DAY
from vestibule.fastpath.encoded_answers import EncodedAnswers

ROUTE = "/api/session"


@pytest.fixture
def clock():
    return SteppingClock()


@pytest.fixture
def cache(clock):
    return make_cache(clock)


@pytest.fixture
def answers():
    return EncodedAnswers(100_000)


class TestAnAnswer:
    def test_is_repeated_for_the_same_session_and_route(self, cache, clock, answers):
        entry = cache.put(b"k", session(clock), cache.begin(), NEVER)
        made = answers.put(entry, ROUTE, b"{}")
        assert answers.get(entry, ROUTE) is made
        assert answers.get(entry, "/api/auth/profile") is None

    def test_ends_with_a_touch(self, cache, clock, answers):
        entry = cache.put(b"k", session(clock), cache.begin(), NEVER)
        answers.put(entry, ROUTE, b"{}")
        cache.touch(entry, clock.now(), clock.now() + DAY)
        assert answers.get(entry, ROUTE) is None

    def test_ends_with_another_lookup_even_of_an_equal_session(self, cache, clock, answers):
        answers.put(cache.put(b"k", session(clock), cache.begin(), NEVER), ROUTE, b"{}")
        assert answers.get(cache.put(b"k", session(clock), cache.begin(), NEVER), ROUTE) is None

    def test_of_one_credential_is_not_that_of_another(self, cache, clock, answers):
        found = session(clock)
        answers.put(cache.put(b"k", found, cache.begin(), NEVER), ROUTE, b"{}")
        assert answers.get(cache.put(b"other", found, cache.begin(), NEVER), ROUTE) is None

    def test_takes_the_place_of_the_last_one(self, cache, clock, answers):
        entry = cache.put(b"k", session(clock), cache.begin(), NEVER)
        for body in (b"{}", b"[]"):
            answers.put(entry, ROUTE, body)
        assert (answers.get(entry, ROUTE).body, len(answers)) == (b"[]", 1)

    def test_that_finds_no_room_leaves_no_older_one(self, cache, clock):
        answers = EncodedAnswers(1_000)
        entry = cache.put(b"k", session(clock), cache.begin(), NEVER)
        answers.put(entry, ROUTE, b"{}")
        assert answers.put(entry, ROUTE, bytes(1_000)).body == bytes(1_000)
        assert answers.get(entry, ROUTE) is None
        assert (len(answers), answers.size) == (0, 0)


class TestBounds:
    def test_the_oldest_go_first(self, cache, clock):
        answers = EncodedAnswers(10_000)
        entries = [cache.put(b"%d" % n, session(clock, n), cache.begin(), NEVER) for n in range(100)]
        for entry in entries:
            answers.put(entry, ROUTE, bytes(400))
        assert answers.size <= 10_000
        assert 0 < len(answers) < 20
        assert answers.get(entries[-1], ROUTE)
        assert answers.get(entries[0], ROUTE) is None

    def test_without_room_nothing_is_kept(self, cache, clock):
        answers = EncodedAnswers(0)
        entry = cache.put(b"k", session(clock), cache.begin(), NEVER)
        assert answers.put(entry, ROUTE, b"{}").body == b"{}"
        assert (len(answers), answers.size) == (0, 0)

    def test_the_books_do_not_lie_about_memory(self, clock):
        cache, answers = make_cache(clock, 1 << 30), EncodedAnswers(1 << 30)
        entries = [cache.put(n.to_bytes(32, "big"), session(clock, n, n), cache.begin(), NEVER) for n in range(2_000)]
        tracemalloc.start()
        for number, entry in enumerate(entries):
            answers.put(entry, ROUTE, bytes(400)).csrf_token = f"{number:097}"
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert 0.7 < answers.size / used < 1.3, (answers.size / 2000, used / 2000)

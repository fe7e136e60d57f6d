"""The cache by itself: bounded, and never believed against a revocation, whatever came first."""

import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import SteppingClock
from session_caches import NEVER, make_cache, session
from vestibule.domain.instant import MINUTE, SECOND
from vestibule.services.sessions import session_cache


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

    def test_marks_are_kept_for_as_long_as_a_lookup_from_before_them_may_count(self, cache, clock):
        for subject in ("a", "b"):
            cache.revoke(frozenset({subject}))
        clock.let_leases_lapse(MINUTE - SECOND)
        cache.revoke(frozenset({"a"}))
        clock.let_leases_lapse(2 * SECOND)
        cache.revoke(frozenset({"c"}))
        assert list(cache._marks) == ["a", "c"]

    def test_all_entries_of_a_subject_go_and_leave_nothing_behind(self, cache, clock):
        for number in range(5):
            cache.put(b"%d" % number, session(clock, number), cache.begin(), NEVER, f"client_{number % 2}")
        cache.put(b"another", session(clock, 7, 7), cache.begin(), NEVER)
        cache.revoke(frozenset({"client_0"}))
        assert [bool(cache.get(b"%d" % number, clock.now())) for number in range(5)] == [False, True] * 2 + [False]
        cache.revoke(frozenset({session(clock).user_id}))
        assert len(cache) == 1
        cache.revoke(frozenset({session(clock, 7, 7).id}))
        assert (len(cache), cache.size, len(cache._index)) == (0, 0, 0)

    def test_what_took_another_s_place_ends_with_its_own_subjects(self, cache, clock):
        cache.put(b"k", session(clock, 1, 1), cache.begin(), NEVER)
        cache.put(b"k", session(clock, 2, 2), cache.begin(), NEVER)
        cache.revoke(frozenset({session(clock, 1, 1).id, session(clock, 1, 1).user_id}))
        assert cache.get(b"k", clock.now()).session.username == "user2"
        cache.revoke(frozenset({session(clock, 2, 2).user_id}))
        assert cache.get(b"k", clock.now()) is None

    def test_a_used_entry_is_still_found_by_its_subjects(self, cache, clock):
        entry = cache.put(b"k", session(clock), cache.begin(), NEVER)
        cache.touch(entry, clock.now(), clock.now() + MINUTE)
        cache.revoke(frozenset({session(clock).id}))
        assert cache.get(b"k", clock.now()) is None


class TestStorm:
    """More revocations than there is room for marks."""

    @pytest.fixture
    def storm(self, cache):
        def rage(count=20_000, first=frozenset()):
            cache.revoke(first)
            for number in range(count):
                cache.revoke(frozenset({f"session_x{number}", f"user_x{number}"}))

        return rage

    def test_is_bounded_and_ends_nothing_that_it_does_not_concern(self, cache, clock, storm):
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        storm()
        assert len(cache._marks) == 10_000
        assert cache.get(b"k", clock.now())

    def test_ends_what_it_concerns(self, cache, clock, storm):
        cache.put(b"k", session(clock), cache.begin(), NEVER)
        storm(first=frozenset({session(clock).user_id}))
        assert cache.get(b"k", clock.now()) is None

    def test_a_lookup_from_before_it_fills_nothing_though_its_mark_is_gone(self, cache, clock, storm):
        lookup, found = cache.begin(), session(clock)
        storm(first=frozenset({found.id}))
        assert found.id not in cache._marks
        assert cache.put(b"k", found, lookup, NEVER).session is found
        assert cache.get(b"k", clock.now()) is None

    def test_a_lookup_from_within_it_counts_while_its_marks_are_kept(self, cache, clock, storm):
        storm()
        first, second = cache.begin(), cache.begin()
        cache.revoke(frozenset({session(clock).id}))
        cache.put(b"k", session(clock), first, NEVER)
        cache.put(b"other", session(clock, 2, 2), second, NEVER)
        assert cache.get(b"k", clock.now()) is None
        assert cache.get(b"other", clock.now())

    def test_one_revocation_of_more_than_all_marks_ends_all_that_it_names(self, cache, clock):
        lookup = cache.begin()
        for number in range(100):
            cache.put(b"%d" % number, session(clock, number, number), cache.begin(), NEVER)
        others = {f"session_x{number}" for number in range(20_000)}
        cache.revoke(frozenset(others | {session(clock, number).id for number in range(0, 100, 2)}))
        assert [bool(cache.get(b"%d" % number, clock.now())) for number in range(4)] == [False, True, False, True]
        cache.put(b"late", session(clock, 0, 0), lookup, NEVER)
        assert cache.get(b"late", clock.now()) is None


class TestAgainstTheRule:
    """An entry is used only if nothing that it states was revoked since its lookup began, in any order of events."""

    @given(st.data())
    def test_whatever_happens_in_whatever_order(self, data):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(session_cache, "_MARKS", 3)
            self.play(data, SteppingClock())

    def play(self, data, clock):
        cache, ids, time = make_cache(clock, data.draw(st.sampled_from([3_000, 1_000_000]))), st.integers(0, 3), 0
        revoked, stored, begun = {}, {}, []
        for time in range(1, data.draw(st.integers(1, 40))):
            act = data.draw(st.sampled_from(["begin", "put", "revoke", "clear", "get", "get"]))
            if act == "begin":
                begun.append((time, cache.begin()))
            elif act == "put" and begun:
                began, lookup = data.draw(st.sampled_from(begun))
                key, found = b"%d" % data.draw(ids), session(clock, data.draw(ids), data.draw(ids))
                client = data.draw(st.sampled_from(["", "client_0", "client_1"]))
                cache.put(key, found, lookup, NEVER, client)
                stored.setdefault(key, []).append((began, found, client))
            elif act == "revoke":
                subject = data.draw(st.sampled_from(["session_{:026}", "user_{:026}", "client_{}"])).format(
                    data.draw(ids)
                )
                cache.revoke(frozenset({subject}))
                revoked[subject] = time
            elif act == "clear":
                cache.clear()
                revoked["all"] = time
            key = b"%d" % data.draw(ids)
            entry = cache.get(key, clock.now())
            if entry is not None:
                began, _, client = next(put for put in stored[key] if put[1] is entry.session)
                concerned = ("all", entry.session.id, entry.session.user_id, client)
                assert all(began > revoked.get(subject, 0) for subject in concerned)
            assert len(cache._marks) <= 3
            assert cache.size == sum(held.size for held in cache._entries.values())
        for key in list(cache._entries):
            cache._drop(key)
        assert (cache.size, len(cache._index)) == (0, 0)


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

from dataclasses import replace

import pytest

from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.domain.instant import MINUTE
from vestibule.domain.login import AttemptPurpose, Evidence, Factor
from vestibule.domain.pending import PendingItems
from vestibule.domain.session import SessionType
from vestibule.repositories.login_attempts import LoginAttempts

PROOF = Evidence("passkey", frozenset({Factor.POSSESSION, Factor.USER_VERIFICATION}), "hwk", NOW)
END = NOW + 10 * MINUTE


class TestFinding:
    @contract(LoginAttempts.add, LoginAttempts.find_open)
    async def test_what_is_added_is_found_as_it_was_until_it_expires(self, work, make):
        alice = await make.user()
        attempt = await make.attempt(
            alice, purpose=AttemptPurpose.STEP_UP, session_type=SessionType.TOKEN, binding_hash="b", session_id="s",
            evidence=(PROOF, replace(PROOF, method="totp", factors=frozenset())), pending=PendingItems({"a": "ä", "b": "{}"}),
        )  # fmt: skip
        assert await work.login_attempts.find_open(attempt.id, END - 1) == attempt
        assert await work.login_attempts.find_open(attempt.id, END) is None
        assert await work.login_attempts.find_open("attempt_none", NOW) is None

    @contract(LoginAttempts.find_for_session)
    async def test_the_newest_open_one_of_a_session_for_the_purpose(self, work, make):
        step_up = {"session_id": "session_1", "purpose": AttemptPurpose.STEP_UP}
        await make.attempt(**step_up)
        newest = await make.attempt(**step_up)
        await make.attempt(**step_up, expires_at=NOW)
        await work.login_attempts.finish((await make.attempt(**step_up)).id, NOW)
        await make.attempt(session_id="session_1", purpose=AttemptPurpose.CEREMONY)
        await make.attempt(session_id="session_2", purpose=AttemptPurpose.STEP_UP)
        found = [
            await work.login_attempts.find_for_session(session, AttemptPurpose.STEP_UP, NOW)
            for session in ("session_1", "session_3")
        ]
        assert found == [newest, None]


class TestReserving:
    @contract(LoginAttempts.reserve)
    async def test_submissions_are_counted_up_to_the_most(self, work, make):
        attempt, other = await make.attempt(), await make.attempt()
        assert [await work.login_attempts.reserve(attempt.id, 2, NOW) for _ in range(3)] == [True, True, False]
        assert await work.login_attempts.find_open(attempt.id, NOW) == replace(attempt, submissions=2)
        assert await work.login_attempts.find_open(other.id, NOW) == other

    @contract(LoginAttempts.reserve, LoginAttempts.replace)
    async def test_what_is_not_open_counts_and_changes_nothing(self, work, make):
        finished = await make.attempt()
        await work.login_attempts.finish(finished.id, NOW)
        expired = await make.attempt(expires_at=NOW)
        for attempt in (finished, expired):
            assert not await work.login_attempts.reserve(attempt.id, 9, NOW)
            assert not await work.login_attempts.replace(attempt, replace(attempt, evidence=(PROOF,)), NOW)
        rows = await work.connection.all("SELECT submissions, evidence FROM login_attempts")
        assert [(row["submissions"], row["evidence"]) for row in rows] == [(0, "[]")] * 2


class TestReplacing:
    @contract(LoginAttempts.replace)
    async def test_user_evidence_and_pending_items_are_stored(self, work, make):
        alice, attempt, other = await make.user(), await make.attempt(), await make.attempt()
        after = replace(attempt, user_id=alice.id, evidence=(PROOF,), pending=PendingItems({"a": "1"}))
        assert await work.login_attempts.replace(attempt, replace(after, submissions=9, identifier="other"), NOW)
        assert await work.login_attempts.find_open(attempt.id, NOW) == after
        assert await work.login_attempts.find_open(other.id, NOW) == other

    @pytest.mark.parametrize(
        "first", [{"evidence": (PROOF,)}, {"pending": PendingItems({"a": "1"})}], ids=["proof", "item"]
    )
    @contract(LoginAttempts.replace)
    async def test_of_two_that_read_the_same_row_one_writes(self, work, make, first):
        attempt = await make.attempt()
        assert await work.login_attempts.replace(attempt, replace(attempt, **first), NOW)
        assert not await work.login_attempts.replace(attempt, replace(attempt, pending=PendingItems({"b": "2"})), NOW)
        assert await work.login_attempts.find_open(attempt.id, NOW) == replace(attempt, **first)

    @contract(LoginAttempts.replace)
    async def test_the_order_of_items_and_factors_is_no_difference(self, work, make):
        attempt = await make.attempt(pending=PendingItems({"a": "1", "b": "2"}), evidence=(PROOF,))
        same = replace(attempt, pending=PendingItems({"b": "2", "a": "1"}))
        assert await work.login_attempts.replace(same, replace(attempt, pending=PendingItems()), NOW)


class TestFinishing:
    @contract(LoginAttempts.finish)
    async def test_an_attempt_is_finished_once_and_not_after_its_end(self, work, make):
        attempt, expired = await make.attempt(), await make.attempt(expires_at=NOW)
        assert [await work.login_attempts.finish(attempt.id, NOW) for _ in range(2)] == [True, False]
        assert not await work.login_attempts.finish(expired.id, NOW)
        assert await work.login_attempts.find_open(attempt.id, NOW) is None

    @contract(LoginAttempts.finish_all)
    async def test_all_of_a_user_are_finished_but_one_that_is_kept(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        kept, other, bobs = await make.attempt(alice), await make.attempt(alice), await make.attempt(bob)
        earlier = await make.attempt(alice)
        await work.login_attempts.finish(earlier.id, NOW - 1)
        await work.login_attempts.finish_all(alice.id, NOW, keep=kept.id)
        found = [await work.login_attempts.find_open(attempt.id, NOW) for attempt in (kept, other, bobs)]
        assert found == [kept, None, bobs]
        row = await work.connection.one("SELECT finished_at FROM login_attempts WHERE id = $1", earlier.id)
        assert row["finished_at"] == NOW - 1
        await work.login_attempts.finish_all(alice.id, NOW)
        assert await work.login_attempts.find_open(kept.id, NOW) is None

    @contract(LoginAttempts.purge)
    async def test_expired_ones_go_in_portions(self, work, make):
        for at in (NOW - 1, NOW - 1, NOW - 1, NOW):
            await make.attempt(expires_at=at)
        await takes_portions_of_three(lambda count: work.login_attempts.purge(NOW, count))

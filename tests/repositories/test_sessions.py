from dataclasses import replace

import pytest

from factories import NOW, Factory
from repositories.contracts import contract, takes_portions_of_three
from vestibule.domain.instant import DAY, HOUR
from vestibule.domain.login import Assurance
from vestibule.domain.session import EndReason
from vestibule.repositories.sessions import CheckedBy, Sessions


async def revoked(work, session):
    await work.sessions.end(session.id, session.user_id, EndReason.LOGOUT, NOW)


async def disabled(work, session):
    await work.users.disable(session.user_id, NOW)


async def deleted(work, session):
    await work.users.soft_delete(session.user_id, NOW)


async def voided(work, session):
    await work.users.set_not_before(session.user_id, session.created_at + 1)


ENDS = [revoked, disabled, deleted, voided]
EXPIRED = {"idle": {"idle_expires_at": NOW}, "absolutely": {"absolute_expires_at": NOW}}
FINDING = [Sessions.find_active, Sessions.lock_active, Sessions.check, Sessions.list_active]


async def ways_to_find(work, session, now=NOW) -> list:
    """What each method that authenticates says of a session."""
    by_id = await work.sessions.check(CheckedBy.ID, [session.id], now)
    by_hash = await work.sessions.check(CheckedBy.HASH, [session.token_hash], now)
    return [
        (await work.sessions.find_active(session.id, now) or [None])[0],
        (await work.sessions.lock_active(session.id, now) or [None])[0],
        session if session.id in by_id else None,
        session if session.token_hash in by_hash else None,
        *([found for found in await work.sessions.list_active(session.user_id, now) if found == session] or [None]),
    ]


class TestActive:
    @contract(*FINDING)
    async def test_is_what_has_just_begun_and_what_ends_in_a_microsecond(self, work, make):
        alice = await make.user()
        for times in ({}, {"idle_expires_at": NOW + 1, "absolute_expires_at": NOW + 1}):
            session = await make.session(alice, **times)
            assert await ways_to_find(work, session) == [session] * 5

    @pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
    @contract(*FINDING)
    async def test_is_nothing_that_was_ended_in_any_way(self, work, make, end):
        session = await make.session(await make.user())
        await end(work, session)
        assert await ways_to_find(work, session) == [None] * 5

    @pytest.mark.parametrize("times", EXPIRED.values(), ids=EXPIRED)
    @contract(*FINDING)
    async def test_is_nothing_that_expires_at_this_moment(self, work, make, times):
        session = await make.session(await make.user(), **times)
        assert await ways_to_find(work, session) == [None] * 5

    @contract(Sessions.find_active, Sessions.lock_active)
    async def test_comes_with_its_user_and_the_sorted_roles(self, work, make):
        alice = await make.user(roles=("writer", "admin"))
        session = await make.session(alice)
        expected = (session, replace(alice, last_login_at=NOW), ("admin", "writer"))
        assert await work.sessions.find_active(session.id, NOW) == expected
        assert await work.sessions.lock_active(session.id, NOW) == expected
        assert await work.sessions.find_active("session_none", NOW) is None

    @contract(Sessions.lock_active)
    async def test_a_locked_session_is_locked_until_the_end(self, postgres):
        make = Factory(postgres.writing)
        session = await make.session(await make.user())
        look = "SELECT id FROM sessions WHERE id = $1 FOR UPDATE SKIP LOCKED"
        async with postgres.writing() as holding, postgres.writing() as other:
            await holding.sessions.lock_active(session.id, NOW)
            assert await other.connection.one(look, session.id) is None


class TestChecking:
    @contract(Sessions.check)
    async def test_answers_many_keys_at_once_and_leaves_out_the_unknown(self, work, make):
        alice, bob = await make.user(roles=("writer", "admin")), await make.user("bob", name="Bob")
        first, second = await make.session(alice), await make.session(bob, amr=("pwd", "otp"), aal=2)
        found = await work.sessions.check(CheckedBy.ID, [first.id, "session_none", second.id], NOW)
        assert set(found) == {first.id, second.id}
        assert found[first.id].roles == ("admin", "writer")
        assert (found[second.id].user_id, found[second.id].name, found[second.id].amr) == (
            bob.id,
            "Bob",
            ("pwd", "otp"),
        )
        assert found[second.id].scopes == ()
        assert await work.sessions.check(CheckedBy.HASH, [first.id], NOW) == {}
        assert await work.sessions.check(CheckedBy.ID, [], NOW) == {}

    @contract(Sessions.list_active)
    async def test_a_list_has_the_user_s_own_those_used_last_first(self, work, make):
        alice = await make.user()
        old, new = await make.session(alice), await make.session(alice, last_seen_at=NOW + 1)
        same = await make.session(alice, last_seen_at=NOW + 1)
        await make.session(await make.user("bob"))
        assert await work.sessions.list_active(alice.id, NOW) == [same, new, old]

    @contract(Sessions.count_active)
    async def test_counting_leaves_out_what_ended_or_expired(self, work, make):
        alice = await make.user()
        for times in ({}, {"idle_expires_at": NOW}, {"absolute_expires_at": NOW}, {"revoked_at": NOW}):
            await make.session(alice, **times)
        assert await work.sessions.count_active(NOW) == 1

    @contract(Sessions.is_new_device)
    async def test_a_first_session_is_on_no_new_device(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        await make.session(bob, user_agent="Safari")
        assert not await work.sessions.is_new_device(alice.id, "Safari")
        await make.session(alice, user_agent="Firefox", revoked_at=NOW)
        assert not await work.sessions.is_new_device(alice.id, "Firefox")
        assert await work.sessions.is_new_device(alice.id, "Safari")


class TestTouching:
    @contract(Sessions.touch_all)
    async def test_the_last_use_moves_forward_only_and_not_for_what_has_ended(self, work, make):
        alice = await make.user()
        used, ahead = await make.session(alice), await make.session(alice, last_seen_at=NOW + 5)
        ended = await make.session(alice, revoked_at=NOW)
        touches = [(session.id, NOW + 5, NOW + DAY) for session in (used, ahead, ended)]
        await work.sessions.touch_all([*touches, ("session_none", NOW, NOW)])
        rows = await work.connection.all("SELECT id, last_seen_at, idle_expires_at FROM sessions ORDER BY id")
        assert [(row["last_seen_at"], row["idle_expires_at"]) for row in rows] == [
            (NOW + 5, NOW + DAY),
            (NOW + 5, NOW + HOUR),
            (NOW, NOW + HOUR),
        ]
        assert work.revoked == set()

    @contract(Sessions.touch_all)
    async def test_a_locked_row_is_left_to_the_next_touch(self, postgres):
        make = Factory(postgres.writing)
        alice = await make.user()
        locked, free = await make.session(alice), await make.session(alice)
        async with postgres.writing() as holding, postgres.writing() as other:
            await holding.sessions.lock_active(locked.id, NOW)
            await other.sessions.touch_all([(locked.id, NOW + 1, NOW + DAY), (free.id, NOW + 1, NOW + DAY)])
            rows = await other.connection.all("SELECT last_seen_at FROM sessions ORDER BY id")
            assert [row["last_seen_at"] for row in rows] == [NOW, NOW + 1]


class TestReplacing:
    @contract(Sessions.replace_token)
    async def test_a_token_is_replaced_once_and_not_after_the_end(self, work, make):
        alice = await make.user()
        session, ended = await make.session(alice), await make.session(alice, revoked_at=NOW)
        assert not await work.sessions.replace_token(session.id, "another", "new")
        assert not await work.sessions.replace_token(ended.id, ended.token_hash, "new")
        assert work.revoked == set()
        assert await work.sessions.replace_token(session.id, session.token_hash, "new")
        assert not await work.sessions.replace_token(session.id, session.token_hash, "newer")
        assert set(await work.sessions.check(CheckedBy.HASH, ["new", session.token_hash], NOW)) == {"new"}
        assert work.revoked == {session.id}

    @contract(Sessions.step_up)
    async def test_a_step_up_stores_the_assurance_unless_the_session_changed(self, work, make):
        alice = await make.user()
        session, ended = await make.session(alice), await make.session(alice, revoked_at=NOW)
        proved = Assurance(("pwd", "otp", "mfa"), 2, NOW + 7)
        assert not await work.sessions.step_up(replace(session, token_hash="another"), proved, "new")
        assert not await work.sessions.step_up(ended, proved, "new")
        assert work.revoked == set()
        assert await work.sessions.step_up(session, proved, "new")
        assert not await work.sessions.step_up(session, proved, "newer")
        found = (await work.sessions.find_active(session.id, NOW))[0]
        assert found == replace(session, token_hash="new", amr=proved.amr, aal=2, authenticated_at=NOW + 7)
        assert work.revoked == {session.id}

    @contract(Sessions.step_up)
    async def test_a_token_session_has_no_secret_before_and_after(self, work, make):
        session = await make.session(await make.user(), refresh_hash="r")
        assert await work.sessions.step_up(session, Assurance(("otp",), 1, NOW), None)
        assert (await work.sessions.find_active(session.id, NOW))[0].token_hash is None


class TestEnding:
    @contract(Sessions.end)
    async def test_one_ends_once_and_only_for_its_own_user(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        session = await make.session(alice)
        assert not await work.sessions.end(session.id, bob.id, EndReason.LOGOUT, NOW)
        assert work.revoked == set()
        assert await work.sessions.end(session.id, alice.id, EndReason.LOGOUT, NOW)
        assert not await work.sessions.end(session.id, alice.id, EndReason.REPLACED, NOW + 1)
        row = await work.connection.one("SELECT revoked_at, revoke_reason FROM sessions")
        assert (row["revoked_at"], row["revoke_reason"]) == (NOW, "logout")
        assert work.revoked == {session.id}

    @contract(Sessions.end_all)
    async def test_all_of_a_user_end_but_one_that_is_kept(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        kept, _, _ = [await make.session(alice) for _ in range(3)]
        others = await make.session(bob)
        assert await work.sessions.end_all(alice.id, EndReason.PASSWORD_RESET, NOW, keep=kept.id) == 2
        assert await work.sessions.end_all(alice.id, EndReason.PASSWORD_RESET, NOW, keep=kept.id) == 0
        assert await work.sessions.list_active(alice.id, NOW) == [kept]
        assert await work.sessions.end_all(alice.id, EndReason.PASSWORD_RESET, NOW) == 1
        assert await work.sessions.list_active(bob.id, NOW) == [others]
        assert work.revoked == {alice.id}

    @contract(Sessions.purge)
    async def test_what_ended_or_expired_goes_in_portions(self, work, make):
        alice = await make.user()
        for name in ("revoked_at", "idle_expires_at", "absolute_expires_at"):
            await make.session(alice, refresh_hash=name, **{name: NOW - 1})
        kept = await make.session(alice, revoked_at=NOW, idle_expires_at=NOW, absolute_expires_at=NOW)
        await takes_portions_of_three(lambda count: work.sessions.purge(NOW, count))
        rows = await work.connection.all("SELECT id FROM sessions")
        assert [row["id"] for row in rows] == [kept.id]
        assert await work.connection.all("SELECT session_id FROM refresh_tokens") == []

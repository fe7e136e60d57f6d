from dataclasses import replace

import pytest

from factories import NOW
from repositories.contracts import contract
from vestibule.domain.instant import DAY, HOUR
from vestibule.domain.session import EndReason
from vestibule.repositories.sign_ins import SignIns

TABLES = ("sessions", "refresh_tokens", "audit_events")
CHANGED = {
    "disabled": {"disabled_at": NOW},
    "deleted": {"deleted_at": NOW},
    "not confirmed": {"pending_until": NOW + HOUR},
    "another password": {"password_changed_at": NOW + 1},
    "a second factor": {"second_factor_at": NOW + 1},
    "everything voided": {"not_before": NOW + 1},
}


async def a_session(make, user):
    """One that is not stored: of a sign-in of before, which was purged."""
    return replace(await make.session(user), id="session_new", token_hash="new")


async def clean(work) -> None:
    for table in ("refresh_tokens", "sessions", "audit_events"):
        await work.connection.run(f"DELETE FROM {table}")


class TestOpening:
    @contract(SignIns.open)
    async def test_writes_the_session_its_first_token_and_the_event_and_clears_failures(self, work, make):
        alice = await make.user(roles=("writer", "admin"), password_hash="h", password_changed_at=NOW - 5)
        session = await a_session(make, alice)
        await clean(work)
        for key in ("failed", "kept"):
            await work.rate_limits.count(key, NOW)
        event = make.new_event(alice.id)
        sign_in = make.sign_in(alice, session, refresh_hash="root", failure_keys=("failed", "none"), event=event)
        assert await work.sign_ins.open(sign_in) == ("admin", "writer")
        assert (await work.sessions.find_active(session.id, NOW))[0] == session
        root = await work.refresh_tokens.find("root")
        assert (root.session_id, root.issued_at, root.expires_at) == (session.id, NOW, NOW + DAY)
        assert await work.audit_events.about(alice.id, "", 9) == [event]
        assert (await work.users.find(alice.id)).last_login_at == NOW
        assert [await work.rate_limits.count(key, NOW) for key in ("failed", "kept")] == [1, 2]

    @contract(SignIns.open)
    async def test_a_cookie_session_has_no_token(self, work, make):
        alice = await make.user()
        session = await a_session(make, alice)
        await clean(work)
        assert await work.sign_ins.open(make.sign_in(alice, session)) == ()
        assert await work.connection.all("SELECT token_hash FROM refresh_tokens") == []

    @pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
    @contract(SignIns.open)
    async def test_nothing_is_written_when_the_account_changed_since_the_proof(self, work, make, change):
        alice = await make.user()
        session = await a_session(make, alice)
        await clean(work)
        await work.rate_limits.count("failed", NOW)
        (name,) = change
        await work.connection.run(f"UPDATE users SET {name} = $2 WHERE id = $1", alice.id, change[name])
        sign_in = make.sign_in(alice, session, refresh_hash="root", failure_keys=("failed",))
        assert await work.sign_ins.open(sign_in) is None
        for table in TABLES:
            assert await work.connection.all(f"SELECT 1 AS found FROM {table}") == [], table
        assert await work.rate_limits.count("failed", NOW) == 2

    @contract(SignIns.open)
    async def test_the_values_of_the_proof_are_the_ones_that_count(self, work, make):
        alice = await make.user(password_hash="h", password_changed_at=5, second_factor_at=6, not_before=7)
        session = await make.session(alice)
        await work.sessions.end(session.id, alice.id, EndReason.LOGOUT, NOW)
        again = replace(session, id="session_again", token_hash="again")
        for wrong in ({"password_changed_at": 0}, {"second_factor_at": 0}, {"not_before": 0}):
            assert await work.sign_ins.open(make.sign_in(alice, again, **wrong)) is None
        assert await work.sign_ins.open(make.sign_in(alice, again)) == ()

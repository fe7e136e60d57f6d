import pytest

from factories import NOW, Factory
from repositories.contracts import contract
from vestibule.domain.audit import Action
from vestibule.domain.instant import DAY, HOUR
from vestibule.domain.session import EndReason
from vestibule.domain.token import Rotation, RotationTimes
from vestibule.repositories.families import Families

TIMES = RotationTimes(NOW, NOW + 2 * HOUR, NOW + 3 * HOUR, Action.TOKEN_REFRESHED, '{"a":1}')


def step(token: str, successor: str = "") -> Rotation:
    successor = successor or f"after {token}"
    event = (f"event {successor}", "192.0.2.9", "agent", "label", "request")
    return Rotation(token, successor, f"sealed {successor}", event)


class TestRotating:
    @contract(Families.rotate)
    async def test_a_token_is_consumed_and_its_successor_and_the_event_written(self, work, make):
        alice = await make.user(roles=("writer", "admin"))
        session = await make.session(alice, refresh_hash="first", status_index=7)
        done = (await work.families.rotate([step("first")], TIMES))["first"]
        assert (done.claims.session_id, done.claims.user_id, done.claims.roles) == (
            session.id,
            alice.id,
            ("admin", "writer"),
        )
        assert (done.claims.amr, done.claims.aal, done.claims.status_index) == (("pwd",), 1, 7)
        assert (done.claims.ends_at, done.expires_at) == (session.absolute_expires_at, NOW + 2 * HOUR)
        used, new = [await work.refresh_tokens.find(token) for token in ("first", "after first")]
        assert (used.consumed_at, used.successor_hash, used.successor_sealed) == (
            NOW,
            "after first",
            "sealed after first",
        )
        assert (new.session_id, new.issued_at, new.expires_at, new.consumed_at) == (
            session.id,
            NOW,
            NOW + 2 * HOUR,
            None,
        )
        found = (await work.sessions.find_active(session.id, NOW))[0]
        assert (found.last_seen_at, found.idle_expires_at) == (NOW, NOW + 3 * HOUR)
        events = await work.connection.all("SELECT * FROM audit_events WHERE action = 'token.refreshed'")
        assert [
            (e["id"], e["actor_id"], e["subject_id"], e["session_id"], e["address"], e["detail"]) for e in events
        ] == [("event after first", alice.id, alice.id, session.id, "192.0.2.9", '{"a":1}')]

    @contract(Families.rotate)
    async def test_a_consumed_token_is_not_rotated_again(self, work, make):
        await make.session(await make.user(), refresh_hash="first")
        assert set(await work.families.rotate([step("first")], TIMES)) == {"first"}
        assert await work.families.rotate([step("first", "another")], TIMES) == {}
        assert await work.refresh_tokens.find("another") is None
        assert set(await work.families.rotate([step("after first")], TIMES)) == {"after first"}

    @contract(Families.rotate)
    async def test_the_absolute_expiry_bounds_both_times(self, work, make):
        session = await make.session(await make.user(), refresh_hash="first", absolute_expires_at=NOW + 5)
        done = (await work.families.rotate([step("first")], TIMES))["first"]
        assert (done.expires_at, (await work.refresh_tokens.find("after first")).expires_at) == (NOW + 5, NOW + 5)
        assert (await work.sessions.find_active(session.id, NOW))[0].idle_expires_at == NOW + 5

    @contract(Families.rotate)
    async def test_several_at_once_each_for_itself(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        for user, token in ((alice, "a"), (alice, "b"), (bob, "c")):
            await make.session(user, refresh_hash=token)
        await work.families.rotate([step("b")], TIMES)
        done = await work.families.rotate([step("a"), step("b", "again"), step("c"), step("unknown")], TIMES)
        assert {token: rotated.claims.user_id for token, rotated in done.items()} == {"a": alice.id, "c": bob.id}

    @pytest.mark.parametrize("why", ["revoked", "disabled", "deleted", "voided", "the token expired", "idle"])
    @contract(Families.rotate)
    async def test_nothing_is_rotated_of_what_has_ended(self, work, make, why):
        alice = await make.user()
        session = await make.session(alice, refresh_hash="first", **({"idle_expires_at": NOW} if why == "idle" else {}))
        match why:
            case "revoked":
                await work.sessions.end(session.id, alice.id, EndReason.LOGOUT, NOW)
            case "disabled":
                await work.users.disable(alice.id, NOW)
            case "deleted":
                await work.users.soft_delete(alice.id, NOW)
            case "voided":
                await work.users.set_not_before(alice.id, NOW + 1)
            case "the token expired":
                await work.connection.run("UPDATE refresh_tokens SET expires_at = $1", NOW)
        for waiting in (False, True):
            assert await work.families.rotate([step("first")], TIMES, waiting=waiting) == {}
        assert (await work.refresh_tokens.find("first")).consumed_at is None

    @contract(Families.rotate)
    async def test_a_family_that_is_locked_is_left_out_and_the_others_go_on(self, postgres):
        make = Factory(postgres.writing)
        alice = await make.user()
        locked = await make.session(alice, refresh_hash="locked")
        await make.session(alice, refresh_hash="free", absolute_expires_at=NOW + DAY)
        async with postgres.writing() as holding, postgres.writing() as other:
            await holding.sessions.lock_active(locked.id, NOW)
            assert set(await other.families.rotate([step("locked"), step("free")], TIMES)) == {"free"}
        async with postgres.writing() as after:
            assert set(await after.families.rotate([step("locked")], TIMES, waiting=True)) == {"locked"}

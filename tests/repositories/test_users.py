from dataclasses import replace

import pytest

from factories import NOW, Factory
from repositories.contracts import already_exists, contract, takes_portions_of_three
from vestibule.domain.credential import CredentialKind
from vestibule.domain.instant import HOUR
from vestibule.repositories.users import Users

LATER = NOW + HOUR


def ids_of(rows) -> list[str]:
    return [row.id for row in rows]


class TestAdding:
    @contract(Users.add, Users.find)
    async def test_what_is_added_is_found_as_it_was(self, work, make):
        alice = await make.user(first_name="Ada", profile='{"team":"red"}', second_factor_at=NOW)
        assert await work.users.find(alice.id) == alice
        assert await work.users.find("user_none") is None

    @pytest.mark.parametrize("same", ["username_canonical", "email_canonical"])
    @contract(Users.add)
    async def test_an_identifier_is_taken_also_by_a_deleted_user(self, work, make, same):
        alice = await make.user(deleted_at=NOW)
        other = {"id": "user_other", "username_canonical": "other", "email_canonical": "other"}
        with already_exists():
            await work.users.add(replace(alice, **other | {same: getattr(alice, same)}))


class TestFinding:
    @contract(Users.find_by_identifier)
    async def test_by_canonical_name_or_address_whatever_became_of_the_user(self, work, make):
        alice = await make.user("Alice", disabled_at=NOW, deleted_at=NOW)
        assert await work.users.find_by_identifier("alice") == alice
        assert await work.users.find_by_identifier("alice@example.com") == alice
        assert await work.users.find_by_identifier("Alice") is None

    @contract(Users.hold)
    async def test_holding_finds_the_same(self, work, make):
        alice = await make.user()
        assert await work.users.hold(alice.id) == alice
        assert await work.users.hold("user_none") is None

    @contract(Users.hold)
    async def test_a_held_row_is_locked_until_the_end(self, postgres):
        alice = await Factory(postgres.writing).user()
        look = "SELECT id FROM users WHERE id = $1 FOR UPDATE SKIP LOCKED"
        async with postgres.writing() as holding, postgres.writing() as other:
            await holding.users.hold(alice.id)
            assert await other.connection.one(look, alice.id) is None
        async with postgres.writing() as after:
            assert (await after.connection.one(look, alice.id))["id"] == alice.id

    @contract(Users.page)
    async def test_pages_are_ordered_by_id_and_continue_after_one(self, work, make):
        users = [await make.user(name, deleted_at=NOW) for name in ("zoe1", "yann", "adam")]
        ids = [user.id for user in users]
        assert ids_of(await work.users.page("", 2)) == ids[:2]
        assert ids_of(await work.users.page(ids[1], 2)) == ids[2:]
        assert await work.users.page(ids[2], 2) == []


class TestChanging:
    @contract(Users.set_profile)
    async def test_the_profile_and_nothing_else(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        changed = replace(
            alice, username="Countess", username_canonical="countess", name="Ada L.", first_name="Ada", last_name="L.",
            locale="de", time_zone="Europe/Berlin", profile='{"a":1}',
        )  # fmt: skip
        await work.users.set_profile(replace(changed, email="other", password_hash="other", disabled_at=1), LATER)
        assert await work.users.find(alice.id) == replace(changed, updated_at=LATER)
        assert await work.users.find(bob.id) == bob
        assert work.revoked == {alice.id}

    @contract(Users.set_profile)
    async def test_a_taken_username_is_refused(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        with already_exists():
            await work.users.set_profile(replace(bob, username_canonical=alice.username_canonical), NOW)

    @contract(Users.set_password, Users.remove_password)
    async def test_a_password_is_set_and_removed_without_a_condition(self, work, make):
        alice, bob = await make.user(), await make.user("bob", password_hash="bobs")
        await work.users.set_password(alice.id, "hash", LATER)
        set_ = replace(alice, password_hash="hash", password_changed_at=LATER, updated_at=LATER)
        assert await work.users.find(alice.id) == set_
        assert work.revoked == {alice.id}
        work.revoked.clear()
        await work.users.remove_password(alice.id, LATER + 1)
        removed = replace(alice, password_hash=None, password_changed_at=LATER + 1, updated_at=LATER + 1)
        assert await work.users.find(alice.id) == removed
        assert await work.users.find(bob.id) == bob
        assert work.revoked == {alice.id}

    @contract(Users.change_password)
    async def test_only_the_password_that_was_proved_is_replaced(self, work, make):
        alice = await make.user(password_hash="old", password_changed_at=NOW)
        assert not await work.users.change_password(alice.id, "new", NOW - 1, LATER)
        assert not await work.users.change_password(alice.id, "new", None, LATER)
        assert await work.users.find(alice.id) == alice
        assert await work.users.change_password(alice.id, "new", NOW, LATER)
        assert not await work.users.change_password(alice.id, "newer", NOW, LATER)
        assert (await work.users.find(alice.id)).password_hash == "new"
        assert alice.id in work.revoked

    @contract(Users.change_password)
    async def test_a_user_who_never_had_a_password_proved_none(self, work, make):
        alice = await make.user(password_changed_at=None)
        assert await work.users.change_password(alice.id, "new", None, LATER)

    @contract(Users.replace_hash)
    async def test_a_hash_is_replaced_by_one_of_the_same_password_only(self, work, make):
        alice, bob = await make.user(password_hash="old"), await make.user("bob", password_hash="old")
        await work.users.replace_hash(alice.id, "other", "new")
        assert await work.users.find(alice.id) == alice
        await work.users.replace_hash(alice.id, "old", "new")
        assert await work.users.find(alice.id) == replace(alice, password_hash="new")
        assert await work.users.find(bob.id) == bob
        assert work.revoked == set()

    @contract(Users.set_email_verified)
    async def test_a_verified_address_ends_a_pending_registration(self, work, make):
        alice = await make.user(pending_until=LATER)
        await work.users.set_email_verified(alice.id, "Ada@Example.org", "ada@example.org", LATER)
        assert await work.users.find(alice.id) == replace(
            alice, email="Ada@Example.org", email_canonical="ada@example.org", email_verified_at=LATER,
            updated_at=LATER, pending_until=None,
        )  # fmt: skip
        assert work.revoked == {alice.id}

    @contract(Users.set_email_verified)
    async def test_an_address_of_another_user_is_refused(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        with already_exists():
            await work.users.set_email_verified(bob.id, alice.email, alice.email_canonical, LATER)

    @contract(Users.set_second_factor, Users.set_not_before)
    async def test_single_times_are_set(self, work, make):
        alice = await make.user()
        await work.users.set_not_before(alice.id, LATER)
        assert work.revoked == {alice.id}
        work.revoked.clear()
        await work.users.set_second_factor(alice.id, LATER)
        assert await work.users.find(alice.id) == replace(alice, second_factor_at=LATER, not_before=LATER)
        await work.users.set_second_factor(alice.id, None)
        assert (await work.users.find(alice.id)).second_factor_at is None
        assert work.revoked == {alice.id}


class TestStates:
    @contract(Users.disable, Users.enable)
    async def test_disabling_and_enabling_happen_once_each(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        assert not await work.users.enable(alice.id, LATER)
        work.revoked.clear()
        assert [await work.users.disable(alice.id, LATER), await work.users.disable(alice.id, LATER + 1)] == [
            True,
            False,
        ]
        assert (await work.users.find(alice.id)).disabled_at == LATER
        assert work.revoked == {alice.id}
        work.revoked.clear()
        assert [await work.users.enable(alice.id, LATER), await work.users.enable(alice.id, LATER)] == [True, False]
        assert await work.users.find(alice.id) == replace(alice, updated_at=LATER)
        assert await work.users.find(bob.id) == bob
        assert work.revoked == {alice.id}

    @contract(Users.soft_delete, Users.restore)
    async def test_deleting_and_restoring_happen_once_each_and_sessions_stay_ended(self, work, make):
        alice = await make.user()
        assert not await work.users.restore(alice.id, LATER)
        work.revoked.clear()
        assert await work.users.soft_delete(alice.id, LATER)
        assert work.revoked == {alice.id}
        assert not await work.users.soft_delete(alice.id, LATER + 1)
        gone = await work.users.find(alice.id)
        assert (gone.deleted_at, gone.not_before, gone.username_canonical) == (LATER, LATER, "alice")
        work.revoked.clear()
        assert await work.users.restore(alice.id, LATER + 1)
        assert not await work.users.restore(alice.id, LATER + 2)
        assert await work.users.find(alice.id) == replace(alice, not_before=LATER, updated_at=LATER + 1)
        assert work.revoked == {alice.id}


PERSONAL = {
    "password_hash": "h", "name": "A", "first_name": "A", "last_name": "L", "profile": '{"a":1}',
    "metadata": '{"a":1}', "second_factor_at": 1,
}  # fmt: skip


class TestErasing:
    @contract(Users.erase)
    async def test_what_is_personal_goes_and_the_identifiers_stay(self, work, make):
        alice = await make.user(**PERSONAL)
        bob = await make.user("bob", **PERSONAL)
        for user in (alice, bob):
            await make.credential(user)
            await make.trusted_device(user)
            await make.recovery(user)
            await make.api_key(user)
        await work.users.soft_delete(alice.id, NOW - 1)
        work.revoked.clear()
        assert await work.users.erase(NOW, 10) == 1
        left = await work.users.find(alice.id)
        assert {name: getattr(left, name) for name in PERSONAL} == dict.fromkeys(PERSONAL) | {
            "profile": "{}",
            "metadata": "{}",
        }
        assert (left.username, left.email_canonical) == (alice.username, alice.email_canonical)
        for table in ("credentials", "trusted_devices", "factor_recoveries", "api_keys"):
            owners = await work.connection.all(f"SELECT user_id FROM {table}")
            assert [row["user_id"] for row in owners] == [bob.id], table
        assert await work.users.find(bob.id) == bob
        assert work.revoked == {alice.id}

    @pytest.mark.parametrize("name", [*PERSONAL, "a credential"])
    @contract(Users.erase)
    async def test_each_personal_thing_alone_is_a_reason_and_then_none_is_left(self, work, make, name):
        users = [
            await make.user(f"user{n}", deleted_at=NOW - 1, **{name: PERSONAL[name] for name in [name] if name in PERSONAL})
            for n in range(3)
        ]  # fmt: skip
        if name == "a credential":
            for user in users:
                await make.credential(user, CredentialKind.TOTP)
        await make.user("young", deleted_at=NOW, **PERSONAL)
        await takes_portions_of_three(lambda count: work.users.erase(NOW, count))


class TestAddresses:
    @contract(Users.free_email)
    async def test_an_address_is_taken_from_users_who_never_verified_it(self, work, make):
        squatter, keeper = await make.user("squatter"), await make.user("keeper")
        owner = await make.user("owner", email_verified_at=NOW)
        assert await work.users.free_email(owner.email_canonical, keeper.id) == []
        assert await work.users.free_email(keeper.email_canonical, keeper.id) == []
        assert await work.users.free_email(squatter.email_canonical, keeper.id) == [squatter.id]
        assert (await work.users.find(squatter.id)).lost_its_address
        assert [await work.users.find(user.id) for user in (keeper, owner)] == [keeper, owner]

    @contract(Users.claim_email)
    async def test_only_a_pending_registration_claims(self, work, make):
        pending = await make.user(email_canonical="?1", pending_until=LATER)
        whole = await make.user("bob", email_canonical="?2")
        await work.users.claim_email(pending.id, "a@example.com")
        await work.users.claim_email(whole.id, "b@example.com")
        assert (await work.users.find(pending.id)).email_canonical == "a@example.com"
        assert (await work.users.find(whole.id)).email_canonical == "?2"

    @contract(Users.claim_email)
    async def test_an_address_of_another_user_cannot_be_claimed(self, work, make):
        alice, pending = await make.user(), await make.user("bob", pending_until=LATER)
        with already_exists():
            await work.users.claim_email(pending.id, alice.email_canonical)


class TestRemoving:
    @contract(Users.purge_pending)
    async def test_registrations_that_were_never_confirmed_go_in_portions(self, work, make):
        for n in range(3):
            await make.code(await make.user(f"late{n}", pending_until=NOW - 1))
        kept = [await make.user("just", pending_until=NOW), await make.user("whole")]
        await takes_portions_of_three(lambda count: work.users.purge_pending(NOW, count))
        assert ids_of(await work.users.page("", 10)) == [user.id for user in kept]

    @contract(Users.remove)
    async def test_a_user_goes_with_everything_that_hangs_on_it(self, work, make):
        alice, bob = await make.user(roles=("admin",)), await make.user("bob", roles=("admin",))
        for user in (alice, bob):
            await make.session(user, refresh_hash=f"of {user.username}")
            for thing in (make.code, make.attempt, make.credential, make.trusted_device, make.recovery, make.api_key):
                await thing(user)
        await work.users.remove(alice.id)
        assert await work.users.find(alice.id) is None
        assert alice.id in work.revoked
        rows = await work.connection.all("SELECT token_hash FROM refresh_tokens")
        assert [row["token_hash"] for row in rows] == ["of bob"]
        for table in ("user_roles", "one_time_codes", "login_attempts", "credentials", "trusted_devices", "factor_recoveries", "api_keys", "sessions"):  # fmt: skip
            rows = await work.connection.all(f"SELECT user_id FROM {table}")
            assert [row["user_id"] for row in rows] == [bob.id], table

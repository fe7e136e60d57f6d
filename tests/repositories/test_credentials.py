from dataclasses import replace

import pytest

from factories import NOW
from repositories.contracts import already_exists, contract
from vestibule.domain.credential import CredentialKind
from vestibule.repositories.credentials import Credentials

PASSKEY, TOTP, CODE = CredentialKind.PASSKEY, CredentialKind.TOTP, CredentialKind.RECOVERY_CODE
NOT_LIVE = {"not confirmed": {"confirmed_at": None}, "used up": {"used_at": NOW}}


class TestFinding:
    @contract(Credentials.add, Credentials.find)
    async def test_one_is_found_by_its_own_user_in_any_state(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        passkey = await make.credential(alice, detail='{"a":1}', counter=3)
        unconfirmed = await make.credential(alice, TOTP, confirmed_at=None)
        assert await work.credentials.find(alice.id, passkey.id) == passkey
        assert await work.credentials.find(alice.id, unconfirmed.id) == unconfirmed
        assert await work.credentials.find(bob.id, passkey.id) is None
        assert await work.credentials.find(alice.id, "credential_none") is None

    @contract(Credentials.add)
    async def test_a_passkey_is_registered_once_for_all_users(self, work, make):
        passkey = await make.credential(await make.user(), lookup="key")
        await make.credential(await make.user("bob"), TOTP, lookup="key")
        with already_exists():
            await make.credential(await make.user("carol"), lookup=passkey.lookup)

    @contract(Credentials.find_by_lookup)
    async def test_a_lookup_finds_the_live_one_of_its_kind(self, work, make):
        passkey = await make.credential(await make.user(), lookup="key")
        assert await work.credentials.find_by_lookup(PASSKEY, "key") == passkey
        assert await work.credentials.find_by_lookup(TOTP, "key") is None
        assert await work.credentials.find_by_lookup(PASSKEY, "KEY") is None

    @pytest.mark.parametrize("state", NOT_LIVE.values(), ids=NOT_LIVE)
    @contract(Credentials.find_by_lookup, Credentials.list, Credentials.all_live, Credentials.kinds, Credentials.all_of)
    async def test_what_is_not_live_is_in_the_whole_list_only(self, work, make, state):
        alice = await make.user()
        dead = await make.credential(alice, lookup="key", **state)
        assert await work.credentials.find_by_lookup(PASSKEY, "key") is None
        assert await work.credentials.list(alice.id, PASSKEY) == []
        assert await work.credentials.all_live(alice.id) == []
        assert await work.credentials.kinds(alice.id) == frozenset()
        assert await work.credentials.all_of(alice.id) == [dead]

    @contract(Credentials.list, Credentials.all_live, Credentials.all_of, Credentials.kinds)
    async def test_lists_are_a_user_s_own_oldest_first(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        late, early = await make.credential(alice, created_at=NOW + 1), await make.credential(alice)
        app = await make.credential(alice, TOTP, created_at=NOW + 1)
        await make.credential(bob, CODE)
        assert await work.credentials.list(alice.id, PASSKEY) == [early, late]
        assert await work.credentials.all_live(alice.id) == [early, late, app]
        assert await work.credentials.all_of(alice.id) == [late, early, app]
        assert await work.credentials.kinds(alice.id) == {PASSKEY, TOTP}


class TestUsing:
    @contract(Credentials.advance)
    async def test_a_counter_only_rises_or_stays_zero(self, work, make):
        alice = await make.user()
        counting, synced = await make.credential(alice, counter=3), await make.credential(alice)
        assert [await work.credentials.advance(counting.id, n, NOW) for n in (0, 2, 3, 4, 4)] == [
            False,
            False,
            False,
            True,
            False,
        ]
        assert [await work.credentials.advance(synced.id, n, NOW) for n in (0, 0, 1, 0)] == [True, True, True, False]
        assert await work.credentials.find(alice.id, counting.id) == replace(counting, counter=4, last_used_at=NOW)

    @pytest.mark.parametrize("state", NOT_LIVE.values(), ids=NOT_LIVE)
    @contract(Credentials.advance, Credentials.use_up, Credentials.rename)
    async def test_what_is_not_live_is_not_used(self, work, make, state):
        alice = await make.user()
        dead = await make.credential(alice, **state)
        assert not await work.credentials.advance(dead.id, 9, NOW)
        assert not await work.credentials.use_up(dead.id, NOW)
        assert not await work.credentials.rename(alice.id, dead.id, "other")
        assert await work.credentials.find(alice.id, dead.id) == dead

    @contract(Credentials.use_up)
    async def test_a_code_is_used_up_once(self, work, make):
        alice = await make.user()
        code, other = await make.credential(alice, CODE), await make.credential(alice, CODE)
        assert [await work.credentials.use_up(code.id, NOW), await work.credentials.use_up(code.id, NOW + 1)] == [
            True,
            False,
        ]
        assert await work.credentials.find(alice.id, code.id) == replace(code, used_at=NOW, last_used_at=NOW)
        assert await work.credentials.list(alice.id, CODE) == [other]

    @contract(Credentials.rename)
    async def test_only_its_user_renames_one(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        passkey = await make.credential(alice)
        assert not await work.credentials.rename(bob.id, passkey.id, "mine")
        assert await work.credentials.rename(alice.id, passkey.id, "phone")
        assert await work.credentials.find(alice.id, passkey.id) == replace(passkey, name="phone")


class TestRemoving:
    @contract(Credentials.remove)
    async def test_only_its_user_removes_one_once(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        passkey, kept = await make.credential(alice), await make.credential(alice)
        assert not await work.credentials.remove(bob.id, passkey.id)
        assert [await work.credentials.remove(alice.id, passkey.id) for _ in range(2)] == [True, False]
        assert await work.credentials.all_of(alice.id) == [kept]

    @contract(Credentials.remove_kind, Credentials.remove_all)
    async def test_a_kind_or_all_of_one_user(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        for user in (alice, bob):
            for kind in (CODE, CODE, TOTP, PASSKEY):
                await make.credential(user, kind, used_at=NOW if kind is TOTP else None)
        assert await work.credentials.remove_kind(alice.id, CODE) == 2
        assert await work.credentials.remove_kind(alice.id, CODE) == 0
        assert {found.kind for found in await work.credentials.all_of(alice.id)} == {TOTP, PASSKEY}
        assert await work.credentials.remove_all(alice.id) == 2
        assert len(await work.credentials.all_of(bob.id)) == 4

    @contract(Credentials.remove_since)
    async def test_those_that_were_added_since_a_moment(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        before, _, _ = [await make.credential(alice, created_at=at) for at in (NOW - 1, NOW, NOW + 1)]
        others = await make.credential(bob, created_at=NOW)
        assert await work.credentials.remove_since(alice.id, NOW) == 2
        assert await work.credentials.all_of(alice.id) == [before]
        assert await work.credentials.remove_since(alice.id, 0) == 1
        assert await work.credentials.all_of(bob.id) == [others]

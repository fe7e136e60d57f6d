from dataclasses import replace

import pytest

from factories import NOW
from repositories.contracts import already_exists, contract, takes_portions_of_three
from vestibule.domain.instant import NEVER
from vestibule.domain.session import SessionType
from vestibule.repositories.api_keys import ApiKeys

OWNER_ENDS = {
    "disabled": lambda work, user: work.users.disable(user.id, NOW),
    "deleted": lambda work, user: work.users.soft_delete(user.id, NOW),
    "voided": lambda work, user: work.users.set_not_before(user.id, NOW + 1),
}


class TestChecking:
    @contract(ApiKeys.add, ApiKeys.check)
    async def test_a_user_s_key_comes_with_its_owner_and_the_sorted_roles(self, work, make):
        alice = await make.user(roles=("writer", "admin"), name="Ada", locale="de", email_verified_at=NOW)
        key = await make.api_key(alice, key_hash="hash", expires_at=NOW + 5)
        found = await work.api_keys.check("hash", NOW)
        assert (found.id, found.user_id, found.username, found.email) == (key.id, alice.id, "alice", alice.email)
        assert (found.type, found.amr, found.aal, found.scopes) == (
            SessionType.TOKEN,
            ("api_key",),
            1,
            ("read", "write"),
        )
        assert (found.name, found.locale, found.roles, found.expires_at) == ("Ada", "de", ("admin", "writer"), NOW + 5)
        assert await work.api_keys.check("another", NOW) is None

    @contract(ApiKeys.check)
    async def test_a_client_s_key_has_a_name_that_no_user_can_have(self, work, make):
        client = await make.client("gateway")
        await make.api_key(client, key_hash="hash")
        found = await work.api_keys.check("hash", NOW)
        assert (found.user_id, found.username, found.email, found.roles) == (client.id, "client:gateway", "", ())
        assert found.expires_at == NEVER

    @contract(ApiKeys.check, ApiKeys.list)
    async def test_a_key_ends_at_its_expiry_and_when_it_is_revoked(self, work, make):
        alice = await make.user()
        await make.api_key(alice, key_hash="expiring", expires_at=NOW + 1)
        revoked = await make.api_key(alice, key_hash="revoked")
        await work.api_keys.revoke(revoked.id, alice.id, NOW)
        assert await work.api_keys.check("expiring", NOW) is not None
        assert await work.api_keys.check("expiring", NOW + 1) is None
        assert await work.api_keys.check("revoked", NOW) is None
        assert await work.api_keys.list(alice.id, NOW + 1) == []

    @pytest.mark.parametrize("end", OWNER_ENDS.values(), ids=OWNER_ENDS)
    @contract(ApiKeys.check, ApiKeys.list)
    async def test_a_key_ends_with_its_user(self, work, make, end):
        alice = await make.user()
        await make.api_key(alice, key_hash="hash")
        await end(work, alice)
        assert await work.api_keys.check("hash", NOW) is None
        assert await work.api_keys.list(alice.id, NOW) == []

    @contract(ApiKeys.add)
    async def test_a_hash_is_stored_once(self, work, make):
        alice = await make.user()
        await make.api_key(alice, key_hash="hash")
        with already_exists():
            await make.api_key(alice, key_hash="hash")

    @contract(ApiKeys.list)
    async def test_a_list_is_its_owner_s_own_newest_first(self, work, make):
        alice, client = await make.user(), await make.client()
        late, early = await make.api_key(alice, created_at=NOW + 1), await make.api_key(alice)
        same = await make.api_key(alice)
        clients = await make.api_key(client)
        assert await work.api_keys.list(alice.id, NOW) == [late, same, early]
        assert await work.api_keys.list(client.id, NOW) == [clients]
        assert await work.api_keys.list("nothing", NOW) == []


class TestUsing:
    @contract(ApiKeys.touch, ApiKeys.rehash)
    async def test_the_last_use_and_the_newer_hash_are_of_one_key(self, work, make):
        alice = await make.user()
        key, other = await make.api_key(alice, key_hash="old"), await make.api_key(alice, key_hash="other")
        await work.api_keys.touch(key.id, NOW + 1)
        await work.api_keys.rehash("old", "new")
        await work.api_keys.rehash("unknown", "newer")
        assert await work.api_keys.check("old", NOW) is None
        assert (await work.api_keys.check("new", NOW)).last_seen_at == NOW + 1
        assert await work.api_keys.list(alice.id, NOW) == [other, replace(key, last_used_at=NOW + 1)]
        assert work.revoked == set()


class TestRevoking:
    @contract(ApiKeys.revoke)
    async def test_only_its_owner_revokes_one_once(self, work, make):
        alice, bob, client = await make.user(), await make.user("bob"), await make.client()
        key, clients = await make.api_key(alice), await make.api_key(client)
        assert not await work.api_keys.revoke(key.id, bob.id, NOW)
        assert not await work.api_keys.revoke(key.id, client.id, NOW)
        assert work.revoked == set()
        assert [await work.api_keys.revoke(key.id, alice.id, NOW) for _ in range(2)] == [True, False]
        assert work.revoked == {key.id}
        assert await work.api_keys.revoke(clients.id, client.id, NOW)

    @contract(ApiKeys.revoke_all)
    async def test_every_key_of_one_user(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        keys = [await make.api_key(alice) for _ in range(2)]
        others = await make.api_key(bob)
        assert [await work.api_keys.revoke_all(alice.id, NOW) for _ in range(2)] == [2, 0]
        assert work.revoked == {key.id for key in keys}
        assert await work.api_keys.list(bob.id, NOW) == [others]

    @contract(ApiKeys.purge)
    async def test_revoked_and_expired_ones_go_in_portions(self, work, make):
        alice = await make.user()
        for _ in range(2):
            await work.api_keys.revoke((await make.api_key(alice)).id, alice.id, NOW - 1)
        await make.api_key(alice, expires_at=NOW - 1)
        await make.api_key(alice, expires_at=NOW)
        await work.api_keys.revoke((await make.api_key(alice)).id, alice.id, NOW)
        kept = await make.api_key(alice)
        await takes_portions_of_three(lambda count: work.api_keys.purge(NOW, count))
        assert await work.api_keys.list(alice.id, NOW) == [kept]

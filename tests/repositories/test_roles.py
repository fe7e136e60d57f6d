from factories import NOW
from repositories.contracts import contract
from vestibule.repositories.roles import Roles


class TestRoles:
    @contract(Roles.of, Roles.grant, Roles.revoke)
    async def test_a_role_is_granted_once_to_each_and_revoked_once(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        assert await work.roles.of(alice.id) == []
        assert [await work.roles.grant(alice.id, "writer", NOW) for _ in range(2)] == [True, False]
        assert await work.roles.grant(alice.id, "admin", NOW)
        assert await work.roles.grant(bob.id, "writer", NOW)
        assert await work.roles.of(alice.id) == ["admin", "writer"]
        assert work.revoked == {alice.id, bob.id}
        work.revoked.clear()
        assert [await work.roles.revoke(alice.id, "writer") for _ in range(2)] == [True, False]
        assert not await work.roles.revoke(alice.id, "unknown")
        assert [await work.roles.of(user.id) for user in (alice, bob)] == [["admin"], ["writer"]]
        assert work.revoked == {alice.id}

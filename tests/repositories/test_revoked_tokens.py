from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.repositories.revoked_tokens import RevokedTokens


class TestRevokedTokens:
    @contract(RevokedTokens.add, RevokedTokens.has)
    async def test_a_token_is_revoked_once_and_its_session_forgotten_by_caches(self, work):
        assert not await work.revoked_tokens.has("token")
        assert [await work.revoked_tokens.add("token", "session_1", NOW) for _ in range(2)] == [True, False]
        assert await work.revoked_tokens.has("token")
        assert not await work.revoked_tokens.has("another")
        assert work.revoked == {"session_1"}

    @contract(RevokedTokens.add)
    async def test_a_token_without_a_session_and_a_second_time_invalidate_nothing(self, work):
        await work.revoked_tokens.add("token", None, NOW)
        await work.revoked_tokens.add("token", "session_1", NOW)
        assert work.revoked == set()

    @contract(RevokedTokens.purge)
    async def test_expired_ones_go_in_portions(self, work):
        for name, at in (("a", NOW - 1), ("b", NOW - 1), ("c", NOW - 1), ("young", NOW)):
            await work.revoked_tokens.add(name, None, at)
        await takes_portions_of_three(lambda count: work.revoked_tokens.purge(NOW, count))
        assert await work.revoked_tokens.has("young")

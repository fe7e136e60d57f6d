from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.repositories.refresh_tokens import RefreshTokens


async def four_tokens(work, make) -> None:
    """Three of one microsecond ago, and one of now, by each of their times."""
    alice = await make.user()
    for name, at in (("a", NOW - 1), ("b", NOW - 1), ("c", NOW - 1), ("young", NOW)):
        await make.session(alice, refresh_hash=name)
        await work.connection.run(
            "UPDATE refresh_tokens SET expires_at = $2, consumed_at = $2, successor_sealed = 's' WHERE token_hash = $1",
            name,
            at,
        )


class TestRefreshTokens:
    @contract(RefreshTokens.find)
    async def test_one_is_found_in_any_state_by_its_hash(self, work, make):
        session = await make.session(await make.user(), refresh_hash="first")
        assert (await work.refresh_tokens.find("first")).session_id == session.id
        assert await work.refresh_tokens.find("second") is None
        await work.connection.run("UPDATE refresh_tokens SET consumed_at = 5, expires_at = 6, successor_hash = 's'")
        found = await work.refresh_tokens.find("first")
        assert (found.consumed_at, found.expires_at, found.successor_hash) == (5, 6, "s")

    @contract(RefreshTokens.forget_successors)
    async def test_successors_of_tokens_consumed_long_ago_are_erased_in_portions(self, work, make):
        await four_tokens(work, make)
        await takes_portions_of_three(lambda count: work.refresh_tokens.forget_successors(NOW, count))
        sealed = {name: (await work.refresh_tokens.find(name)).successor_sealed for name in ("a", "b", "c", "young")}
        assert sealed == {"a": None, "b": None, "c": None, "young": "s"}

    @contract(RefreshTokens.purge)
    async def test_expired_ones_go_in_portions(self, work, make):
        await four_tokens(work, make)
        await takes_portions_of_three(lambda count: work.refresh_tokens.purge(NOW, count))
        assert await work.refresh_tokens.find("young") is not None

from dataclasses import replace

from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.repositories.signing_keys import SigningKeys


class TestSigningKeys:
    @contract(SigningKeys.add, SigningKeys.published)
    async def test_what_is_not_retired_is_published_oldest_first(self, work, make):
        late, early = await make.signing_key(activates_at=NOW + 1), await make.signing_key()
        retiring = await make.signing_key(activates_at=NOW + 1, retires_at=NOW + 5)
        assert await work.signing_keys.published(NOW + 4) == [early, late, retiring]
        assert await work.signing_keys.published(NOW + 5) == [early, late]

    @contract(SigningKeys.retire_others)
    async def test_every_other_key_without_a_retirement_gets_one(self, work, make):
        old, retiring, new = (
            await make.signing_key(),
            await make.signing_key(retires_at=NOW + 9),
            await make.signing_key(),
        )
        await work.signing_keys.retire_others(new.kid, NOW + 5)
        assert await work.signing_keys.published(NOW) == [replace(old, retires_at=NOW + 5), retiring, new]

    @contract(SigningKeys.purge)
    async def test_retired_ones_go_in_portions(self, work, make):
        for at in (NOW - 1, NOW - 1, NOW - 1, NOW, None):
            await make.signing_key(retires_at=at)
        await takes_portions_of_three(lambda count: work.signing_keys.purge(NOW, count))
        assert len(await work.connection.all("SELECT kid FROM signing_keys")) == 2

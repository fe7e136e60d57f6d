from factories import NOW
from repositories.contracts import contract
from vestibule.domain.attack_detection import Tally
from vestibule.repositories.sign_in_tallies import SignInTallies


class TestSignInTallies:
    @contract(SignInTallies.add, SignInTallies.since, SignInTallies.purge)
    async def test_periods_add_up_from_one_on_until_they_are_purged(self, work):
        assert await work.sign_in_tallies.since(0) == Tally(0, 0)
        for period, tally in ((NOW, Tally(1, 2)), (NOW, Tally(10, 20)), (NOW + 1, Tally(100, 200))):
            await work.sign_in_tallies.add(period, tally)
        sums = [await work.sign_in_tallies.since(period) for period in (NOW, NOW + 1, NOW + 2)]
        assert sums == [Tally(111, 222), Tally(100, 200), Tally(0, 0)]
        assert [await work.sign_in_tallies.purge(NOW + 1) for _ in range(2)] == [1, 0]
        assert await work.sign_in_tallies.since(0) == Tally(100, 200)

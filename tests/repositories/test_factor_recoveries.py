from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.domain.instant import DAY, HOUR
from vestibule.repositories.factor_recoveries import FactorRecoveries


class TestFactorRecoveries:
    @contract(FactorRecoveries.add, FactorRecoveries.find_open)
    async def test_the_newest_open_one_of_a_user_is_found(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        await make.recovery(alice)
        newest = await make.recovery(alice)
        await make.recovery(alice, ended_at=NOW)
        await make.recovery(alice, expires_at=NOW)
        await make.recovery(bob)
        assert await work.factor_recoveries.find_open(alice.id, NOW) == newest
        assert await work.factor_recoveries.find_open("user_none", NOW) is None
        assert await work.factor_recoveries.find_open(alice.id, NOW + DAY - 1) == newest
        assert await work.factor_recoveries.find_open(alice.id, NOW + DAY) is None

    @contract(FactorRecoveries.complete)
    async def test_one_is_completed_once_between_the_end_of_its_wait_and_its_expiry(self, work, make):
        recovery, late = [await make.recovery(await make.user(name)) for name in ("alice", "bobby")]
        assert not await work.factor_recoveries.complete(recovery.id, NOW + HOUR - 1)
        assert not await work.factor_recoveries.complete(late.id, NOW + DAY)
        assert await work.factor_recoveries.complete(recovery.id, NOW + HOUR)
        assert not await work.factor_recoveries.complete(recovery.id, NOW + HOUR)
        rows = await work.connection.all("SELECT ended_at, outcome FROM factor_recoveries ORDER BY id")
        assert [(row["ended_at"], row["outcome"]) for row in rows] == [(NOW + HOUR, "completed"), (None, None)]

    @contract(FactorRecoveries.cancel, FactorRecoveries.complete)
    async def test_all_open_ones_of_a_user_are_cancelled_and_cannot_be_completed(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        first, _ = await make.recovery(alice), await make.recovery(alice)
        await make.recovery(alice, expires_at=NOW)
        others = await make.recovery(bob)
        assert await work.factor_recoveries.cancel(alice.id, NOW) == 2
        assert await work.factor_recoveries.cancel(alice.id, NOW) == 0
        assert not await work.factor_recoveries.complete(first.id, NOW + HOUR)
        assert await work.factor_recoveries.find_open(bob.id, NOW) == others

    @contract(FactorRecoveries.purge)
    async def test_expired_ones_go_in_portions(self, work, make):
        alice = await make.user()
        for at in (NOW - 1, NOW - 1, NOW - 1, NOW):
            await make.recovery(alice, expires_at=at)
        await takes_portions_of_three(lambda count: work.factor_recoveries.purge(NOW, count))

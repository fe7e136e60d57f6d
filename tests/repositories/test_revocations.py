from repositories.contracts import contract, takes_portions_of_three
from vestibule.repositories.revocations import Revocations


def ways(work) -> list[bool]:
    """With and without a notification, where the database has them."""
    return [False, True] if work.connection.dialect == "postgresql" else [False]


class TestPublishing:
    @contract(Revocations.publish, Revocations.generation, Revocations.since)
    async def test_generations_are_numbered_without_gaps_and_read_in_order(self, work):
        for notify in ways(work):
            await self.numbered_without_gaps(work, notify)

    async def numbered_without_gaps(self, work, notify):
        before = await work.revocations.generation()
        numbers = [await work.revocations.publish(subjects, notify=notify) for subjects in (["b", "a"], ["c"])]
        assert numbers == [before + 1, before + 2]
        assert await work.revocations.generation() == before + 2
        assert await work.revocations.since(before) == [
            (before + 1, frozenset({"a", "b"})),
            (before + 2, frozenset({"c"})),
        ]
        assert await work.revocations.since(before + 1) == [(before + 2, frozenset({"c"}))]
        assert await work.revocations.since(before + 2) == []

    @contract(Revocations.publish)
    async def test_more_subjects_than_a_notification_holds(self, work):
        subjects = {f"session_{n:08}" for n in range(1000)}
        for notify in ways(work):
            number = await work.revocations.publish(subjects, notify=notify)
            assert await work.revocations.since(number - 1) == [(number, frozenset(subjects))]

    @contract(Revocations.purge)
    async def test_the_newest_ten_thousand_stay(self, work):
        for name in "abcd":
            last = await work.revocations.publish([name], notify=False)
        await work.connection.run("UPDATE revocation_generation SET generation = $1", last + 10_000)
        await takes_portions_of_three(work.revocations.purge)
        assert await work.revocations.since(0) == [(last, frozenset({"d"}))]


class TestWorkers:
    @contract(Revocations.register, Revocations.confirm, Revocations.has_unconfirmed)
    async def test_a_generation_waits_for_every_registered_worker(self, work):
        newest = await work.revocations.publish(["a"], notify=False)
        for name in ("one", "two"):
            await work.revocations.register(name, newest - 1)
        assert await work.revocations.confirm("one", newest) == newest
        assert await work.revocations.has_unconfirmed(newest)
        assert not await work.revocations.has_unconfirmed(newest - 1)
        assert await work.revocations.confirm("two", newest) == newest
        assert not await work.revocations.has_unconfirmed(newest)

    @contract(Revocations.leave, Revocations.drop_unconfirmed, Revocations.confirm)
    async def test_a_worker_that_left_or_lapsed_is_waited_for_no_more(self, work):
        newest = await work.revocations.publish(["a"], notify=False)
        for name, number in (("left", newest - 1), ("lapsed", newest - 1), ("good", newest)):
            await work.revocations.register(name, number)
        await work.revocations.leave("left")
        assert await work.revocations.confirm("left", newest) is None
        await work.revocations.drop_unconfirmed(newest)
        assert not await work.revocations.has_unconfirmed(newest)
        assert await work.revocations.confirm("lapsed", newest) is None
        assert await work.revocations.confirm("good", newest) == newest

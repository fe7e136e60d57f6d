from factories import NOW
from repositories.contracts import contract
from vestibule.domain.status_list import LIST_SIZE
from vestibule.repositories.status_indexes import StatusIndexes


class TestStatusIndexes:
    @contract(StatusIndexes.take, StatusIndexes.bounds)
    async def test_each_caller_gets_indexes_of_its_own(self, work):
        first, void_before = await work.status_indexes.bounds()
        assert [await work.status_indexes.take(count) for count in (3, 1, 2)] == [first, first + 3, first + 4]
        assert await work.status_indexes.bounds() == (first + 6, void_before)

    @contract(StatusIndexes.oldest)
    async def test_the_oldest_is_the_lowest_of_a_stored_session(self, work, make):
        assert await work.status_indexes.oldest() is None
        alice = await make.user()
        for index in (7, None, 5):
            await make.session(alice, status_index=index, revoked_at=NOW)
        assert await work.status_indexes.oldest() == 5

    @contract(StatusIndexes.ended)
    async def test_ended_are_places_in_one_list_of_what_was_revoked_since(self, work, make):
        alice = await make.user()
        for index, at in ((0, NOW), (1, NOW + 1), (2, None), (LIST_SIZE - 1, NOW + 2), (LIST_SIZE, NOW + 1)):
            await make.session(alice, status_index=index, revoked_at=at)
        assert sorted(await work.status_indexes.ended(0, NOW)) == [1, LIST_SIZE - 1]
        assert await work.status_indexes.ended(1, NOW) == [0]
        assert await work.status_indexes.ended(2, NOW) == []

    @contract(StatusIndexes.void)
    async def test_after_a_restore_numbering_goes_on_in_a_list_that_was_not_begun(self, work):
        for _ in range(2):
            await work.status_indexes.take(3)
            used, _ = await work.status_indexes.bounds()
            await work.status_indexes.void()
            begun = (used // LIST_SIZE + 2) * LIST_SIZE
            assert await work.status_indexes.bounds() == (begun, begun)
            assert await work.status_indexes.take(1) == begun

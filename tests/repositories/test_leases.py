from factories import NOW
from repositories.contracts import contract
from vestibule.repositories.leases import Leases


class TestLeases:
    @contract(Leases.acquire)
    async def test_one_worker_has_a_lease_until_it_lapses(self, work):
        assert await work.leases.acquire("cleanup", "one", NOW, NOW + 5)
        assert not await work.leases.acquire("cleanup", "two", NOW + 4, NOW + 9)
        assert not await work.leases.acquire("cleanup", "one", NOW + 4, NOW + 9)
        assert await work.leases.acquire("rotation", "two", NOW, NOW + 5)
        assert await work.leases.acquire("cleanup", "two", NOW + 5, NOW + 9)
        assert not await work.leases.acquire("cleanup", "one", NOW + 5, NOW + 9)

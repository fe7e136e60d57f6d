from dataclasses import replace

from factories import NOW
from repositories.contracts import already_exists, contract, takes_portions_of_three
from vestibule.domain.instant import DAY
from vestibule.repositories.trusted_devices import TrustedDevices


class TestTrustedDevices:
    @contract(TrustedDevices.add)
    async def test_a_secret_belongs_to_one_device(self, work, make):
        device = await make.trusted_device(await make.user())
        with already_exists():
            await make.trusted_device(await make.user("bob"), token_hash=device.token_hash)

    @contract(TrustedDevices.use, TrustedDevices.list)
    async def test_one_is_used_by_its_own_user_until_it_expires(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        device = await make.trusted_device(alice)
        assert not await work.trusted_devices.use(bob.id, device.token_hash, NOW)
        assert not await work.trusted_devices.use(alice.id, "another", NOW)
        assert not await work.trusted_devices.use(alice.id, device.token_hash, NOW + DAY)
        assert await work.trusted_devices.use(alice.id, device.token_hash, NOW + DAY - 1)
        assert await work.trusted_devices.list(alice.id, NOW) == [replace(device, last_used_at=NOW + DAY - 1)]

    @contract(TrustedDevices.list)
    async def test_a_list_is_the_user_s_own_those_used_last_first(self, work, make):
        alice = await make.user()
        old, new = await make.trusted_device(alice), await make.trusted_device(alice, last_used_at=NOW + 1)
        same = await make.trusted_device(alice, last_used_at=NOW + 1)
        await make.trusted_device(alice, expires_at=NOW)
        await make.trusted_device(await make.user("bob"))
        assert await work.trusted_devices.list(alice.id, NOW) == [same, new, old]

    @contract(TrustedDevices.remove, TrustedDevices.remove_all)
    async def test_only_its_user_removes_one_or_all(self, work, make):
        alice, bob = await make.user(), await make.user("bob")
        device, _, _ = [await make.trusted_device(alice) for _ in range(3)]
        others = await make.trusted_device(bob)
        assert not await work.trusted_devices.remove(bob.id, device.id)
        assert [await work.trusted_devices.remove(alice.id, device.id) for _ in range(2)] == [True, False]
        assert [await work.trusted_devices.remove_all(alice.id) for _ in range(2)] == [2, 0]
        assert await work.trusted_devices.list(bob.id, NOW) == [others]

    @contract(TrustedDevices.purge)
    async def test_expired_ones_go_in_portions(self, work, make):
        alice = await make.user()
        for at in (NOW - 1, NOW - 1, NOW - 1, NOW):
            await make.trusted_device(alice, expires_at=at)
        await takes_portions_of_three(lambda count: work.trusted_devices.purge(NOW, count))

from dataclasses import replace

import pytest

from repositories.contracts import already_exists, contract
from vestibule.domain.client import Introspects
from vestibule.repositories.apis import Apis


class TestApis:
    @contract(Apis.add, Apis.by_name, Apis.by_audience, Apis.list)
    async def test_one_is_found_by_name_and_by_audience_and_all_are_listed_by_name(self, work, make):
        orders, billing = await make.api("orders"), await make.api("billing", scopes=())
        assert await work.apis.by_name("orders") == orders
        assert await work.apis.by_audience("https://billing.example.com") == billing
        assert await work.apis.by_name("https://billing.example.com") is None
        assert await work.apis.by_audience("orders") is None
        assert await work.apis.list() == [billing, orders]

    @pytest.mark.parametrize("same", ["name", "audience"])
    @contract(Apis.add)
    async def test_name_and_audience_are_taken_once(self, work, make, same):
        orders = await make.api("orders")
        with already_exists():
            await work.apis.add(
                replace(orders, **{"id": "api_1", "name": "a", "audience": "b", same: getattr(orders, same)})
            )

    @contract(Apis.remove)
    async def test_its_clients_stay_without_one_and_all_that_could_introspect_forget(self, work, make):
        orders, billing = await make.api("orders"), await make.api("billing")
        own, other = await make.client("own", api=orders), await make.client("other", api=billing)
        gateway = await make.client("gateway", may_introspect=Introspects.ALL)
        assert await work.apis.remove(orders.id)
        assert work.revoked == {own.id, gateway.id}
        assert await work.apis.list() == [billing]
        found = [(await work.clients.by_name(name)).api for name in ("own", "other", "gateway")]
        assert found == [None, other.api, None]

    @contract(Apis.remove)
    async def test_one_that_is_not_there_is_not_removed(self, work, make):
        await make.client("gateway", may_introspect=Introspects.ALL)
        assert not await work.apis.remove("api_none")
        assert work.revoked == set()

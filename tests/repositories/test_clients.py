from dataclasses import replace

from factories import NOW
from repositories.contracts import already_exists, contract
from vestibule.domain.client import Introspects
from vestibule.domain.instant import NEVER
from vestibule.repositories.clients import Clients


class TestFinding:
    @contract(Clients.add, Clients.by_name, Clients.list)
    async def test_clients_come_with_their_api_and_are_listed_by_name(self, work, make):
        api = await make.api()
        worker = await make.client("worker", api=api, may_introspect=Introspects.ALL)
        gateway = await make.client("gateway")
        assert await work.clients.by_name("worker") == worker
        assert await work.clients.by_name("nothing") is None
        assert await work.clients.list() == [gateway, worker]

    @contract(Clients.add)
    async def test_a_name_is_taken_once(self, work, make):
        await make.client("gateway")
        with already_exists():
            await make.client("gateway")

    @contract(Clients.add)
    async def test_code_before_revision_14_reads_the_api_that_has_its_client_s_id(self, work, make):
        api = await make.api()
        await make.client("own", id=api.id, api=api)
        await make.client("other", api=api)
        rows = await work.connection.all("SELECT audience, scopes FROM clients ORDER BY name")
        assert [(row["audience"], row["scopes"]) for row in rows] == [(None, ""), (api.audience, "read write")]


class TestSecrets:
    @contract(Clients.by_secret, Clients.add_secret)
    async def test_a_secret_opens_its_own_client(self, work, make):
        gateway, other = await make.client("gateway"), await make.client("other", secret_hash="others")
        await work.clients.add_secret(gateway.id, "first", NOW)
        await work.clients.add_secret(gateway.id, "second", NOW)
        for secret in ("first", "second"):
            assert await work.clients.by_secret(gateway.id, secret, NOW) == (gateway, NEVER)
        assert await work.clients.by_secret(gateway.id, "others", NOW) is None
        assert await work.clients.by_secret(other.id, "first", NOW) is None
        assert await work.clients.by_secret("client_none", "first", NOW) is None

    @contract(Clients.limit_secrets, Clients.by_secret)
    async def test_secrets_end_at_the_limit_and_never_later_than_before(self, work, make):
        gateway, other = await make.client(secret_hash="first"), await make.client("other", secret_hash="others")
        await work.clients.limit_secrets(gateway.id, NOW, NOW + 5)
        assert work.revoked == {gateway.id}
        await work.clients.add_secret(gateway.id, "second", NOW)
        await work.clients.limit_secrets(gateway.id, NOW, NOW + 9)
        assert await work.clients.by_secret(gateway.id, "first", NOW + 4) == (gateway, NOW + 5)
        assert await work.clients.by_secret(gateway.id, "first", NOW + 5) is None
        assert await work.clients.by_secret(gateway.id, "second", NOW) == (gateway, NOW + 9)
        assert await work.clients.by_secret(other.id, "others", NOW) == (other, NEVER)
        await work.clients.limit_secrets(gateway.id, NOW + 5, NOW + 20)
        rows = await work.connection.all("SELECT secret_hash FROM client_secrets ORDER BY secret_hash")
        assert [row["secret_hash"] for row in rows] == ["others", "second"]

    @contract(Clients.rehash)
    async def test_one_secret_s_hash_is_replaced(self, work, make):
        gateway = await make.client(secret_hash="old")
        await work.clients.rehash("unknown", "newer")
        await work.clients.rehash("old", "new")
        found = [await work.clients.by_secret(gateway.id, secret, NOW) for secret in ("old", "new", "newer")]
        assert found == [None, (gateway, NEVER), None]
        assert work.revoked == set()


class TestChanging:
    @contract(Clients.set_may_introspect)
    async def test_what_one_client_may_introspect(self, work, make):
        gateway, other = await make.client("gateway"), await make.client("other")
        await work.clients.set_may_introspect(gateway.id, Introspects.ALL)
        assert await work.clients.list() == [replace(gateway, may_introspect=Introspects.ALL), other]
        assert work.revoked == {gateway.id}

    @contract(Clients.remove)
    async def test_a_client_goes_once_with_its_secrets_and_keys(self, work, make):
        gateway, other = await make.client("gateway", secret_hash="a"), await make.client("other", secret_hash="b")
        await make.api_key(gateway, key_hash="gone")
        await make.api_key(other, key_hash="stays")
        assert [await work.clients.remove(gateway.id) for _ in range(2)] == [True, False]
        assert work.revoked == {gateway.id}
        assert await work.clients.list() == [other]
        assert await work.clients.by_secret(gateway.id, "a", NOW) is None
        assert [await work.api_keys.check(key, NOW) is None for key in ("gone", "stays")] == [True, False]

"""Revision 0014 makes APIs a table of their own; what was registered, issued or is done by older code stays right."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from harness import running
from vestibule.db import migrate, url
from vestibule.domain.client import Introspects
from vestibule.domain.errors import AlreadyExists

ORDERS, STOCK = "https://orders.example.com", "https://stock.example.com"
APIS = "SELECT id, name, audience, scopes, created_at FROM apis ORDER BY id"
CLIENTS = "SELECT id, name, audience, scopes, created_at, introspects FROM clients ORDER BY id"
LINKS = "SELECT id, api_id FROM clients ORDER BY id"
# The statements of revision 0013.
ADD = "INSERT INTO clients (id, name, audience, scopes, created_at, introspects) VALUES ($1, $2, $3, $4, $5, $6)"
UPDATE = "UPDATE clients SET introspects = $2 WHERE id = $1"
REMOVE = "DELETE FROM clients WHERE id = $1"
ROWS = [
    ("client_1", "orders", ORDERS, "orders:read orders:write", 1, "own"),
    ("client_2", "plain", "https://plain.example.com", "", 2, "all"),
    ("client_3", "cron", None, "", 3, "own"),
    ("client_4", "gateway", None, "", 4, "all"),
]


async def shown(vestibule, sql):
    return [tuple(row) for row in await vestibule.rows(sql)]


@pytest.fixture
def step(database_url, tmp_path):
    """A system on the schema of a revision; None: the newest."""

    @asynccontextmanager
    async def begun(revision=None):
        address = url.parse(database_url)
        if revision:
            await asyncio.to_thread(migrate.downgrade, address, revision)
        else:
            await asyncio.to_thread(migrate.upgrade, address)
        async with running(database_url, tmp_path) as system:
            yield system

    return begun


async def registered_by_older_code(older):
    for row in ROWS:
        await older.run(ADD, *row)
    await older.run("INSERT INTO client_secrets (secret_hash, client_id, created_at) VALUES ('hash', 'client_1', 1)")
    await older.run(
        """INSERT INTO api_keys (id, client_id, name, key_hash, hint, scopes, created_at)
            VALUES ('key_1', 'client_3', 'nightly', 'hash', 'hint', 'orders:read', 1)"""
    )


class TestRowsOfBefore:
    async def test_become_apis_of_the_same_id_and_keep_secrets_and_keys(self, step):
        async with step("0013") as older:
            await registered_by_older_code(older)
        async with step() as vestibule:
            assert await shown(vestibule, APIS) == [row[:5] for row in ROWS if row[2]]
            assert await shown(vestibule, CLIENTS) == ROWS
            assert dict(await shown(vestibule, LINKS)) == {row[0]: row[0] if row[2] else None for row in ROWS}
            assert await shown(vestibule, "SELECT client_id FROM client_secrets") == [("client_1",)]
            assert await shown(vestibule, "SELECT client_id FROM api_keys") == [("client_3",)]
            found = {client.name: client for client in await vestibule.services.tokens.clients.list()}
            assert found["orders"].api.scopes == ("orders:read", "orders:write")
            assert found["gateway"].may_introspect is found["plain"].may_introspect is Introspects.ALL
            assert found["cron"].api is found["gateway"].api is None

    async def test_go_back_as_they_were_and_come_again(self, step):
        async with step("0013") as older:
            await registered_by_older_code(older)
        async with step():
            pass
        async with step("0013") as older:
            assert await shown(older, CLIENTS) == ROWS
            assert await shown(older, "SELECT client_id FROM client_secrets") == [("client_1",)]
        async with step() as vestibule:
            assert await shown(vestibule, APIS) == [row[:5] for row in ROWS if row[2]]


class TestWhatOlderCodeCannotSee:
    async def test_becomes_a_client_of_its_api_on_the_way_back(self, step):
        """Whatever tokens are issued for before the way back, they are issued for after it."""
        async with step() as vestibule:
            services = vestibule.services.tokens
            for name in ("stock", "bills", "alone"):
                await services.apis.create(name, f"https://{name}.example.com", (f"{name}:read",))
            await services.clients.create("alone", None, ())
            bills = await services.apis.find("bills")
            first, _ = await services.clients.create("bills-web", None, (), api=bills)
            await services.clients.create("bills-jobs", None, (), api=bills)
            audiences = {api.name: api.audience for api in await services.apis.list()}
        async with step("0013") as older:
            rows = {row[2]: row for row in await shown(older, CLIENTS) if row[2]}
            assert rows.keys() == set(audiences.values())
            assert rows[audiences["stock"]][1] == "stock"
            assert rows[audiences["stock"]][5] == "own"
            assert rows[audiences["bills"]][:2] == (first.id, "bills-web")
            assert rows[audiences["bills"]][3] == "bills:read"
            name, identifier = rows[audiences["alone"]][1], rows[audiences["alone"]][0]
            assert name == identifier  # the name belongs to a client that does not speak for it
            assert await shown(older, "SELECT audience FROM clients WHERE name = 'bills-jobs'") == [(None,)]
        async with step() as vestibule:
            again = {api.audience for api in await vestibule.services.tokens.apis.list()}
            assert again == set(audiences.values())


class TestOlderCodeOnThisSchema:
    async def test_may_use_it(self, vestibule):
        version = await vestibule.database.schema_version()
        assert version.serves("0013")

    async def test_registers_apis_that_newer_code_finds(self, vestibule):
        for row in ROWS:
            assert await vestibule.run(ADD, *row) == 1
        assert await shown(vestibule, APIS) == [row[:5] for row in ROWS if row[2]]
        assert dict(await shown(vestibule, LINKS)) == {row[0]: row[0] if row[2] else None for row in ROWS}
        assert (await vestibule.services.tokens.clients.find("orders")).audience == ORDERS

    async def test_is_refused_a_name_or_audience_that_an_api_has(self, vestibule):
        await vestibule.services.tokens.apis.create("orders", ORDERS, ())
        for name, audience in (("orders", STOCK), ("stock", ORDERS)):
            with pytest.raises(AlreadyExists):
                await vestibule.run(ADD, "client_1", name, audience, "", 1, "own")
        assert await shown(vestibule, CLIENTS) == []

    async def test_deletes_the_api_with_its_client_and_no_other(self, vestibule):
        for row in ROWS:
            await vestibule.run(ADD, *row)
        orders = await vestibule.services.tokens.apis.find("orders")
        await vestibule.services.tokens.clients.create("jobs", None, (), api=orders)
        assert await vestibule.run(REMOVE, "client_1") == 1
        assert [row[1] for row in await shown(vestibule, APIS)] == ["plain"]
        jobs = await vestibule.services.tokens.clients.find("jobs")
        assert (jobs.api, jobs.audience, jobs.scopes) == (None, None, ())
        assert await vestibule.run(REMOVE, "client_3") == 1
        assert await vestibule.run(REMOVE, "client_3") == 0

    async def test_takes_back_what_a_client_may_introspect(self, vestibule):
        gateway, _ = await vestibule.services.tokens.clients.create("gateway", None, (), Introspects.ALL)
        await vestibule.run(UPDATE, gateway.id, "own")
        assert (await vestibule.services.tokens.clients.find("gateway")).may_introspect is Introspects.OWN

    async def test_reads_what_newer_code_registers_changes_and_deletes(self, vestibule):
        services = vestibule.services.tokens
        orders, _ = await services.clients.create("orders", ORDERS, ("orders:read", "orders:write"), Introspects.ALL)
        both = (orders.id, "orders", ORDERS, "orders:read orders:write", orders.created_at, "all")
        assert await shown(vestibule, CLIENTS) == [both]
        jobs, _ = await services.clients.create("jobs", None, (), api=orders.api)
        assert await shown(vestibule, CLIENTS) == [both, (jobs.id, "jobs", None, "", jobs.created_at, "own")]
        await services.clients.update(orders, Introspects.OWN)
        assert (await shown(vestibule, CLIENTS))[0] == (*both[:5], "own")
        await services.apis.delete(orders.api)
        assert (await shown(vestibule, CLIENTS))[0] == (orders.id, "orders", None, "", orders.created_at, "own")
        await services.clients.delete(orders)
        assert [row[0] for row in await shown(vestibule, CLIENTS)] == [jobs.id]

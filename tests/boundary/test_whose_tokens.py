"""Which client may introspect and revoke which credential: every kind of client against every kind of credential."""

import pytest
from registered_api import ORDERS, Api, register

from harness import bearer
from vestibule.domain.client import Introspects

STOCK = "https://stock.example.com"
CLIENTS = {
    "orders": {"audience": ORDERS, "scopes": ("orders:read",)},
    "stock": {"audience": STOCK, "scopes": ("stock:read",)},
    "plain": {"audience": "https://plain.example.com", "scopes": ()},
    "cron": {"audience": None, "scopes": ()},
    "gateway": {"audience": None, "scopes": (), "may_introspect": Introspects.ALL},
}
# Who may introspect a credential, beside the gateway; and who may revoke it.
RULES = {
    "access token of a session": ((), ()),
    "refresh token of a session": (None, ()),
    "session cookie": (None, ()),
    "token for orders": (("orders",), ("orders",)),
    "token for plain": (("plain",), ("plain",)),
    "key for orders": (("orders",), ("orders",)),
    "key for orders and stock": (("orders", "stock"), ()),
    "key without scopes": ((), ()),
    "key of cron": (("cron",), ("cron",)),
    "key of cron for orders": (("cron", "orders"), ("cron", "orders")),
}


@pytest.fixture
async def clients(vestibule):
    return {name: await register(vestibule, name, **more) for name, more in CLIENTS.items()}


@pytest.fixture
async def credentials(vestibule, clients):
    await vestibule.caching()
    tokens = await vestibule.signed_in()
    browser = vestibule.browser()
    await browser.sign_in()

    async def token(resource):
        return (await vestibule.post("/api/auth/token", {"resource": resource}, **bearer(tokens))).json()["accessToken"]

    async def key(*scopes):
        body = {"name": "key", "scopes": list(scopes)}
        return (await vestibule.post("/api/account/api-keys", body, **bearer(tokens))).json()["secret"]

    async def machine_key(*scopes):
        return (await vestibule.services.tokens.api_keys.create_for(clients["cron"].client, "key", scopes, None))[1]

    return {
        "access token of a session": tokens["accessToken"],
        "refresh token of a session": tokens["refreshToken"],
        "session cookie": browser.http.cookies["vestibule_session"],
        "token for orders": await token(ORDERS),
        "token for plain": await token(CLIENTS["plain"]["audience"]),
        "key for orders": await key("orders:read"),
        "key for orders and stock": await key("orders:read", "stock:read"),
        "key without scopes": await key(),
        "key of cron": await machine_key(),
        "key of cron for orders": await machine_key("orders:read"),
    }


async def test_a_client_introspects_its_own_and_a_gateway_all(clients, credentials):
    for _ in ("asked first", "asked again, from the cache"):
        for kind, (readers, _) in RULES.items():
            active = {name for name in clients if (await clients[name].introspect(credentials[kind])).json()["active"]}
            assert active == (set() if readers is None else {*readers, "gateway"}), kind


@pytest.mark.parametrize("kind", RULES)
async def test_a_client_revokes_its_own_and_ends_nobody_s_session(vestibule, clients, credentials, kind):
    sessions = "SELECT id FROM sessions WHERE revoked_at IS NULL"
    before, (readers, revokers) = await vestibule.rows(sessions), RULES[kind]
    gateway = clients["gateway"]
    for name in sorted(set(CLIENTS) - set(revokers)):
        answer = await clients[name].post("/oauth/revoke", credentials[kind])
        assert (answer.status_code, answer.content) == (200, b""), name
        assert (await gateway.introspect(credentials[kind])).json()["active"] is (readers is not None), name
    for name in revokers[:1]:
        assert (await clients[name].post("/oauth/revoke", credentials[kind])).status_code == 200
        for other in clients.values():
            assert (await other.introspect(credentials[kind])).json() == {"active": False}
    assert await vestibule.rows(sessions) == before
    others = [other for other in RULES if other != kind and RULES[other][0] is not None]
    for other in others:
        assert (await gateway.introspect(credentials[other])).json()["active"] is True, other


async def test_every_client_of_an_api_introspects_and_revokes_its_tokens_and_no_others(vestibule, clients, credentials):
    jobs = Api(
        vestibule, *await vestibule.services.tokens.clients.create("jobs", None, (), api=clients["orders"].client.api)
    )
    for kind, (readers, _) in RULES.items():
        active = (await jobs.introspect(credentials[kind])).json()["active"]
        assert active is ("orders" in (readers or ())), kind
    for kind in ("token for orders", "key for orders"):
        await jobs.post("/oauth/revoke", credentials[kind])
        assert (await clients["orders"].introspect(credentials[kind])).json() == {"active": False}
    await jobs.post("/oauth/revoke", credentials["token for plain"])
    assert (await clients["plain"].introspect(credentials["token for plain"])).json()["active"] is True


async def test_an_api_without_a_client_has_tokens_that_a_gateway_alone_introspects(vestibule, clients):
    api = await vestibule.services.tokens.apis.create("bills", "https://bills.example.com", ("bills:read",))
    tokens = await vestibule.signed_in("carol")
    body = {"resource": api.audience}
    token = (await vestibule.post("/api/auth/token", body, **bearer(tokens))).json()["accessToken"]
    for name, client in clients.items():
        answer = (await client.introspect(token)).json()
        assert answer["active"] is (name == "gateway")
    assert (answer["aud"], answer["client_id"], answer["scope"]) == (api.audience, api.id, "bills:read")


async def test_a_gateway_that_may_no_longer_is_not_answered_from_the_cache(vestibule, clients, credentials):
    gateway, token = clients["gateway"], credentials["access token of a session"]
    assert (await gateway.introspect(token)).json()["active"] is True
    await vestibule.services.tokens.clients.update(gateway.client, Introspects.OWN)
    assert (await gateway.introspect(token)).json() == {"active": False}
    await vestibule.services.tokens.clients.update(gateway.client, Introspects.ALL)
    assert (await gateway.introspect(token)).json()["active"] is True


async def test_a_revoked_token_is_not_answered_from_the_cache(clients, credentials):
    orders, gateway, token = clients["orders"], clients["gateway"], credentials["token for orders"]
    for client in (orders, gateway, orders, gateway):
        assert (await client.introspect(token)).json()["active"] is True
    await orders.post("/oauth/revoke", token)
    for client in (orders, gateway, orders, gateway):
        assert (await client.introspect(token)).json() == {"active": False}

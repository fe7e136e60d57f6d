"""API keys on every row of the route table: one shows whose key it is, to all others it is an unknown bearer token."""

import re

import pytest
from registered_api import register

from harness import bearer
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.routes import ROUTES

TAKES = [row for row in ROUTES if AuthorisedBy.API_KEY in row.authorised_by]
PATHS = [row.path for row in TAKES]
UNKNOWN = "vst_key_" + "A" * 49
MINUTE = 60_000_000


def name_of(row) -> str:
    return f"{row.method} {row.path}"


@pytest.fixture
async def orders(vestibule):
    return await register(vestibule)


async def key_of(vestibule, **more) -> tuple[str, str]:
    """The secret and the id of a key of alice."""
    tokens = await vestibule.signed_in()
    body = {"name": "k", "scopes": ["orders:read"], **more}
    made = (await vestibule.post("/api/account/api-keys", body, **bearer(tokens))).json()
    return made["secret"], made["apiKey"]["id"]


async def asked(vestibule, row, credential):
    """What a client can tell of an answer to this bearer token."""
    path = re.sub(r"\{\w+\}", "session_01k00000000000000000000000", row.path)
    json = {} if row.body is None or row.form else {"json": {}}
    headers = {"Authorization": f"Bearer {credential}"}
    answer = await vestibule.browser().http.request(row.method, path, headers=headers, **json)
    body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    known = ("code", "user") if isinstance(body, dict) else ()
    cookies = sorted(line.partition("=")[0] for line in answer.headers.get_list("set-cookie"))
    return answer.status_code, [body.get(name) for name in known], answer.headers.get("www-authenticate"), cookies


async def show(vestibule, path, secret):
    return await vestibule.get(path, Authorization=f"Bearer {secret}")


class TestARow:
    def test_that_takes_a_key_only_shows_who_the_caller_is(self):
        assert sorted(map(name_of, TAKES)) == ["GET /api/account"]

    @pytest.mark.parametrize("row", [row for row in ROUTES if row not in TAKES], ids=name_of)
    async def test_of_the_others_refuses_it_as_an_unknown_bearer_token(self, vestibule, orders, row):
        secret, _ = await key_of(vestibule)
        assert await asked(vestibule, row, secret) == await asked(vestibule, row, UNKNOWN)
        assert (await orders.introspect(secret)).json()["active"] is True


@pytest.mark.parametrize("path", PATHS)
class TestAKey:
    async def test_shows_its_owner_cached_or_not(self, vestibule, orders, path):
        await vestibule.caching()
        secret, _ = await key_of(vestibule)
        for _ in range(2):
            answer = await show(vestibule, path, secret)
            assert answer.status_code == 200
            assert answer.json()["user"]["username"] == "alice"
            assert answer.headers.get_list("set-cookie") == []

    async def test_without_an_expiry_is_no_fault(self, vestibule, orders, path):
        secret, _ = await key_of(vestibule, expiresInDays=None)
        answer = await show(vestibule, path, secret)
        assert answer.status_code == 200

    async def test_of_a_machine_shows_the_machine(self, vestibule, orders, path):
        client, _ = await vestibule.services.tokens.clients.create("cron", None, ())
        _, secret = await vestibule.services.tokens.api_keys.create_for(client, "nightly", ["orders:read"], None)
        answer = await show(vestibule, path, secret)
        user = answer.json()["user"]
        assert answer.status_code == 200
        assert (user["id"], user["username"], user["email"], user["roles"]) == (client.id, "client:cron", "", [])

    @pytest.mark.parametrize("how", ["revoked", "expired", "disabled"])
    async def test_ends_at_once_though_it_was_cached(self, vestibule, orders, path, how):
        await vestibule.caching()
        secret, key = await key_of(vestibule)
        assert (await show(vestibule, path, secret)).json()["user"]
        owner = await vestibule.services.accounts.administration.find("alice")
        if how == "revoked":
            async with vestibule.database.writing() as work:
                await work.api_keys.revoke(key, owner.id, vestibule.clock.now())
        elif how == "expired":
            vestibule.clock.advance(90 * 24 * 60 * MINUTE)
        else:
            await vestibule.services.accounts.administration.disable(owner)
        answer = await show(vestibule, path, secret)
        assert answer.status_code == 401

    async def test_beside_a_cookie_decides_alone_and_counts_as_used(self, vestibule, orders, path):
        secret, key = await key_of(vestibule)
        browser = vestibule.browser()
        await browser.register("mallory")
        answer = await browser.get(path, Authorization=f"Bearer {secret}")
        assert answer.json()["user"]["username"] == "alice"
        used = await vestibule.rows("SELECT last_used_at FROM api_keys WHERE id = $1", key)
        assert used[0]["last_used_at"]

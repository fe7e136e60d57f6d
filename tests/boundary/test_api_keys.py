"""API keys: made on the account page, shown once, taken by introspection and forward-auth, dead when they should be."""

import json

import pytest
from asking import APP, Proxy
from registered_api import ORDERS, Api, register

from factories import Factory
from harness import PASSWORD, bearer
from servers import command, production
from vestibule.crypto.tokens import API_KEY, is_shaped
from vestibule.domain.client import Introspects
from vestibule.domain.instant import DAY


@pytest.fixture
async def orders(vestibule):
    return await register(vestibule)


async def made(vestibule, tokens, status=201, **more):
    body = {"name": "nightly export", "scopes": ["orders:read"], **more}
    answer = await vestibule.post("/api/account/api-keys", body, **bearer(tokens))
    assert answer.status_code == status, answer.text
    return answer.json()


class TestMaking:
    async def test_shows_it_once_with_prefix_and_checksum_and_keeps_a_hash(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        answer = await made(vestibule, tokens)
        secret, key = answer["secret"], answer["apiKey"]
        assert is_shaped(API_KEY, secret)
        assert secret.startswith(f"vst_key_{key['hint']}")
        assert (key["name"], key["scopes"], key["lastUsedAt"]) == ("nightly export", ["orders:read"], None)
        listed = (await vestibule.get("/api/account/api-keys", **bearer(tokens))).json()
        assert listed["apiKeys"] == [key]
        assert listed["scopes"] == [{"scope": s, "api": "orders"} for s in ("orders:read", "orders:write")]
        stored = json.dumps([dict(row) for row in await vestibule.rows("SELECT * FROM api_keys")])
        assert secret not in stored
        assert secret[-20:] not in stored

    async def test_its_owner_is_told_and_can_say_not_me(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        secret = (await made(vestibule, tokens))["secret"]
        mail = (await vestibule.mails("alice@example.com", "new API key"))[0]
        assert "nightly export" in mail["text"]
        assert secret not in mail["text"]
        assert "#notMe=" in mail["text"]
        events = (await vestibule.get("/api/account/activity", **bearer(tokens))).json()["events"]
        assert events[0]["action"] == "api_key.created"

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"scopes": ["orders:read", "admin"]}, 400, "invalid_scope"),
            ({"scopes": "orders:read"}, 422, "validation_failed"),
            ({"name": ""}, 422, "validation_failed"),
            ({"name": "  \t "}, 422, "validation_failed"),
            ({"name": "n" * 65}, 422, "validation_failed"),
            ({"expiresInDays": 0}, 422, "validation_failed"),
            ({"expiresInDays": 3651}, 422, "validation_failed"),
            ({"expiresInDays": "30"}, 422, "validation_failed"),
            ({"userId": "user_somebody"}, 422, "validation_failed"),
            ({"secret": "vst_key_mine"}, 422, "validation_failed"),
        ],
    )
    async def test_refuses(self, vestibule, orders, body, status, code):
        tokens = await vestibule.signed_in()
        assert (await made(vestibule, tokens, status, **body))["code"] == code
        assert await vestibule.rows("SELECT id FROM api_keys") == []

    async def test_needs_a_fresh_proof_to_make_and_none_to_revoke(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        key = (await made(vestibule, tokens))["apiKey"]
        vestibule.clock.advance(11 * 60_000_000)
        assert (await made(vestibule, tokens, 403))["code"] == "reauth_required"
        answer = await vestibule.http.delete(f"/api/account/api-keys/{key['id']}", headers=bearer(tokens))
        assert answer.status_code == 200

    async def test_fifty_and_no_more(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        make = Factory(vestibule.database.writing, vestibule.clock.now())
        owner = await vestibule.services.accounts.administration.find("alice")
        for _ in range(50):
            await make.api_key(owner)
        assert (await made(vestibule, tokens, 409))["code"] == "conflict"

    async def test_nobody_else_s_are_seen_or_revoked(self, vestibule, orders):
        key = await made(vestibule, await vestibule.signed_in())
        other = await vestibule.signed_in("mallory")
        assert (await vestibule.get("/api/account/api-keys", **bearer(other))).json()["apiKeys"] == []
        answer = await vestibule.http.delete(f"/api/account/api-keys/{key['apiKey']['id']}", headers=bearer(other))
        assert answer.status_code == 404
        assert (await orders.introspect(key["secret"])).json()["active"] is True

    async def test_a_key_is_no_way_into_the_account(self, vestibule, orders):
        secret = (await made(vestibule, await vestibule.signed_in()))["secret"]
        headers = {"Authorization": f"Bearer {secret}"}
        for path in ("/api/auth/profile", "/api/sessions", "/api/account/api-keys", "/api/account/activity"):
            assert (await vestibule.get(path, **headers)).status_code == 401
        assert (await vestibule.http.patch("/api/account", json={"firstName": "M"}, headers=headers)).status_code == 401
        assert (await vestibule.post("/api/auth/token", {"resource": ORDERS}, **headers)).status_code == 401
        assert (await vestibule.post("/api/auth/refresh", {"refreshToken": secret})).status_code == 401
        assert (await vestibule.get("/api/session", Cookie=f"vestibule_session={secret}")).json()["user"] is None


class TestIntrospection:
    async def test_tells_whose_it_is_and_what_it_may(self, vestibule, orders):
        secret = (await made(vestibule, await vestibule.signed_in(), scopes=["orders:write", "orders:read"]))["secret"]
        user = await vestibule.services.accounts.administration.find("alice")
        await vestibule.services.accounts.roles.grant(user.id, "clerk")
        told = (await orders.introspect(secret)).json()
        assert told.items() >= {
            "active": True, "sub": user.id, "username": "alice", "scope": "orders:write orders:read", "aud": ORDERS,
            "roles": ["clerk"], "acr": "aal1", "amr": ["api_key"], "token_type": "Bearer",
        }.items()  # fmt: skip
        assert told["exp"] - told["iat"] == 90 * 86400

    async def test_an_api_hears_of_its_own_scopes_alone(self, vestibule, orders):
        """Also about keys that were made for others: nothing (ASVS 10.4.11)."""
        stock = Api(
            vestibule,
            *await vestibule.services.tokens.clients.create("stock", "https://stock.example.com", ("stock:read",)),
        )
        gateway = await register(vestibule, "gateway", None, (), may_introspect=Introspects.ALL)
        tokens = await vestibule.signed_in()
        both = (await made(vestibule, tokens, scopes=["orders:read", "stock:read"]))["secret"]
        first = (await made(vestibule, tokens))["secret"]
        assert (await stock.introspect(both)).json()["scope"] == "stock:read"
        assert (await gateway.introspect(both)).json()["scope"] == "orders:read stock:read"
        assert (await stock.introspect(first)).json() == {"active": False}

    @pytest.mark.parametrize(
        "how", ["revoke", "expire", "disable", "delete", "reset", "not me", "restore", "wrong sum", "other kind"]
    )
    async def test_ends_at_once(self, vestibule, orders, how):
        tokens = await vestibule.signed_in()
        key = await made(vestibule, tokens)
        secret, admin = key["secret"], vestibule.services.accounts.administration
        assert (await orders.introspect(secret)).json()["active"] is True
        if how == "revoke":
            await vestibule.http.delete(f"/api/account/api-keys/{key['apiKey']['id']}", headers=bearer(tokens))
        elif how == "expire":
            vestibule.clock.advance(90 * DAY)
        elif how == "disable":
            await admin.disable(await admin.find("alice"))
        elif how == "delete":
            await vestibule.http.request("DELETE", "/api/account", json={"password": PASSWORD}, headers=bearer(tokens))
        elif how == "reset":
            body = {"token": await vestibule.reset_token(), "password": "quiet morning in the harbour"}
            assert (await vestibule.post("/api/auth/reset-password", body)).status_code == 200
        elif how == "not me":
            await vestibule.post("/api/account/lockdown", {}, **bearer(tokens))
        elif how == "restore":
            await vestibule.services.accounts.restore_cutoff.set()
        else:
            secret = (
                secret[:-1] + ("a" if secret[-1] != "a" else "b")
                if how == "wrong sum"
                else secret.replace("key", "ref")
            )
        assert (await orders.introspect(secret)).json() == {"active": False}

    async def test_survives_a_change_of_password_and_signing_out(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        secret = (await made(vestibule, tokens))["secret"]
        body = {"currentPassword": PASSWORD, "newPassword": "quiet morning in the harbour"}
        assert (await vestibule.post("/api/auth/change-password", body, **bearer(tokens))).status_code == 200
        await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        assert (await orders.introspect(secret)).json()["active"] is True

    async def test_its_last_use_is_noted_once_a_minute(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        secret = (await made(vestibule, tokens))["secret"]
        seen = []
        for seconds in (0, 30, 31):
            vestibule.clock.advance(seconds * 1_000_000)
            await orders.introspect(secret)
            seen.append((await vestibule.rows("SELECT last_used_at FROM api_keys"))[0]["last_used_at"])
        assert seen[0] == seen[1] < seen[2]

    async def test_an_api_that_finds_one_lying_about_can_revoke_it(self, vestibule, orders):
        stock = Api(
            vestibule,
            *await vestibule.services.tokens.clients.create("stock", "https://stock.example.com", ("stock:read",)),
        )
        secret = (await made(vestibule, await vestibule.signed_in()))["secret"]
        await stock.post("/oauth/revoke", secret)
        assert (await orders.introspect(secret)).json()["active"] is True, "it is none of that API's"
        assert (await orders.post("/oauth/revoke", secret)).status_code == 200
        assert (await orders.introspect(secret)).json() == {"active": False}

    async def test_outlives_the_rotation_of_the_master_secret_when_it_is_used_meanwhile(self, start):
        new = "p4Wm9Zr2Xq7Ks1Vb8Ny3Tc6Ld5Gf0Hj-Aoie"
        old = "k9f2Lq8ZrT4vXw1Bn6Yc3Hd7Mj5Ps0Ga-Uieo"
        async with start() as vestibule:
            orders = await register(vestibule)
            secret = (await made(vestibule, await vestibule.signed_in()))["secret"]
        for accepted in (old, ""):
            async with start(SECRET_KEY=new, SECRET_KEY_ACCEPTED=accepted) as vestibule:
                orders.vestibule = vestibule
                assert (await orders.introspect(secret)).json()["active"] is True


class TestForwardAuth:
    async def test_takes_it_as_a_bearer_token(self, start):
        async with start(FORWARD_AUTH=f"{APP}/admin role=admin\n{APP}/* signed-in") as vestibule:
            await vestibule.services.tokens.clients.create("orders", ORDERS, ("orders:read",))
            secret = (await made(vestibule, await vestibule.signed_in()))["secret"]
            headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
            passed = await Proxy(vestibule).ask("/files", **headers)
            assert (passed.status_code, passed.headers["remote-user"]) == (200, "alice")
            assert (await Proxy(vestibule).ask("/admin", **headers)).status_code == 403

    async def test_it_is_no_second_factor(self, start):
        async with start(FORWARD_AUTH=f"{APP}/* aal=2") as vestibule:
            browser, _, _ = await vestibule.with_app()
            answer = await browser.post("/api/account/api-keys", {"name": "cron"})
            headers = {"Authorization": f"Bearer {answer.json()['secret']}", "Accept": "application/json"}
            assert (await Proxy(vestibule).ask("/", **headers)).status_code == 401

    async def test_a_machine_has_a_name_that_nobody_can_have(self, start):
        async with start(FORWARD_AUTH=f"{APP}/* signed-in") as vestibule:
            client, _ = await vestibule.services.tokens.clients.create("cron", None, ())
            _, secret = await vestibule.services.tokens.api_keys.create_for(client, "nightly", (), None)
            headers = {"Authorization": f"Bearer {secret}"}
            passed = await Proxy(vestibule).ask("/", **headers)
            assert passed.headers["remote-user"] == "client:cron"
            assert passed.headers["x-auth-request-user"] == client.id
            answer = await vestibule.register("client:cron")
            assert answer.json()["errorCodes"]["username"] == "username_characters"
            await vestibule.services.tokens.clients.delete(client)
            assert (await Proxy(vestibule).ask("/", **headers)).status_code == 401


class TestOwnData:
    async def test_is_exported_without_the_secret_and_erased_with_the_account(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        secret = (await made(vestibule, tokens))["secret"]
        exported = await vestibule.get("/api/account/export", **bearer(tokens))
        assert exported.json()["apiKeys"][0]["name"] == "nightly export"
        assert secret not in exported.text
        await vestibule.http.request("DELETE", "/api/account", json={"password": PASSWORD}, headers=bearer(tokens))
        vestibule.clock.advance(15 * DAY)
        await vestibule.services.operations.cleanup.sweep()
        assert await vestibule.rows("SELECT id FROM api_keys") == []

    async def test_ended_ones_are_swept(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        await made(vestibule, tokens, expiresInDays=1)
        await made(vestibule, tokens, expiresInDays=None)
        vestibule.clock.advance(32 * DAY)
        await vestibule.services.operations.cleanup.sweep()
        assert [row["expires_at"] for row in await vestibule.rows("SELECT expires_at FROM api_keys")] == [None]


class TestCommandLine:
    def test_the_whole_life_of_a_machine_s_key(self, database_url, tmp_path):
        environment = production(database_url)

        def run(*args):
            return command(*args, folder=tmp_path, **environment)

        run("clients", "create", "orders", "--audience", ORDERS, "--scope", "orders:read")
        run("clients", "create", "cron")
        made = run(
            "api-keys", "create", "--client", "cron", "--name", "nightly", "--scope", "orders:read", "--days", "0"
        )
        key = json.loads(made.stdout)
        assert (key["scopes"], key["expiresAt"], key["secret"].startswith("vst_key_")) == (["orders:read"], None, True)
        listed = run("api-keys", "list", "--client", "cron").stdout
        assert json.loads(listed)["id"] == key["id"]
        assert key["secret"] not in listed
        wrong = run("api-keys", "create", "--client", "cron", "--name", "n", "--scope", "stock:read")
        assert wrong.returncode == 1
        assert "stock:read is no scope of an API here. There are: orders:read." in wrong.stderr
        assert run("api-keys", "revoke", key["id"], "--client", "orders").returncode == 1
        assert run("api-keys", "revoke", key["id"], "--client", "cron").returncode == 0
        assert run("api-keys", "list", "--client", "cron").stdout == ""
        assert "one of them" in run("api-keys", "list").stderr

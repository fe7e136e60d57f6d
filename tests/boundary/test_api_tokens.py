"""Tokens for registered APIs: who gets them, what they open, and what an API's server hears about them."""

import base64
import json
from urllib.parse import urlencode

import jwt
import pytest
from registered_api import ORDERS, register

from harness import bearer
from servers import command, production
from vestibule.crypto.entropy import SystemEntropy
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.session import EndReason
from vestibule.routes.oauth import ROUTES as OAUTH_ROUTES


@pytest.fixture
async def orders(vestibule):
    return await register(vestibule)


async def token_for(vestibule, tokens, **body):
    return await vestibule.post("/api/auth/token", {"resource": ORDERS, **body}, **bearer(tokens))


class TestIssuing:
    async def test_names_its_audience_and_scopes_and_verifies_offline(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        answer = (await token_for(vestibule, tokens, scope="orders:read")).json()
        assert (answer["scope"], answer["tokenType"], answer["expiresIn"]) == ("orders:read", "Bearer", 900)
        keys = (await vestibule.get("/.well-known/jwks.json")).json()["keys"]
        claims = jwt.decode(answer["accessToken"], jwt.PyJWK(keys[0]), algorithms=["ES256"], audience=ORDERS,
                            options={"verify_exp": False})  # fmt: skip
        assert (claims["scope"], claims["client_id"], claims["aud"]) == ("orders:read", orders.client.id, ORDERS)
        assert jwt.get_unverified_header(answer["accessToken"])["typ"] == "at+jwt"

    async def test_opens_nothing_here(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        token = (await token_for(vestibule, tokens)).json()["accessToken"]
        for path in ("/api/account", "/api/auth/profile", "/api/sessions"):
            assert (await vestibule.get(path, Authorization=f"Bearer {token}")).status_code == 401

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"resource": "https://other.example.com"}, 404, "invalid_target"),
            ({"resource": ORDERS + "/"}, 404, "invalid_target"),
            ({"scope": "orders:read admin"}, 400, "invalid_scope"),
            ({"scope": "ORDERS:READ"}, 400, "invalid_scope"),
            ({"resource": 7}, 422, "validation_failed"),
        ],
    )
    async def test_nothing_else_is_granted(self, vestibule, orders, body, status, code):
        tokens = await vestibule.signed_in()
        answer = await token_for(vestibule, tokens, **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    async def test_strangers_and_browsers_of_other_sites_get_none(self, vestibule, orders):
        assert (await vestibule.post("/api/auth/token", {"resource": ORDERS})).status_code == 401
        browser = vestibule.browser()
        await browser.register()
        refused = await browser.http.post("/api/auth/token", json={"resource": ORDERS})
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
        assert (await browser.post("/api/auth/token", {"resource": ORDERS})).status_code == 200


class TestIntrospection:
    async def test_tells_what_holds_now(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        token = (await token_for(vestibule, tokens)).json()["accessToken"]
        user = await vestibule.services.accounts.administration.find("alice")
        await vestibule.services.accounts.roles.grant(user.id, "clerk")
        told = (await orders.introspect(token)).json()
        assert told.items() >= {
            "active": True, "sub": user.id, "aud": ORDERS, "scope": "orders:read orders:write", "username": "alice",
            "roles": ["clerk"], "acr": "aal1", "email_verified": False, "token_type": "Bearer",
        }.items()  # fmt: skip

    @pytest.mark.parametrize("how", ["sign-out", "disable", "expire", "another worker"])
    async def test_ends_with_the_session(self, vestibule, orders, how):
        tokens = await vestibule.signed_in()
        token = (await token_for(vestibule, tokens)).json()["accessToken"]
        assert (await orders.introspect(token)).json()["active"] is True
        if how == "sign-out":
            await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        elif how == "disable":
            await vestibule.services.accounts.administration.disable(
                await vestibule.services.accounts.administration.find("alice")
            )
        elif how == "expire":
            vestibule.clock.advance(901_000_000)
        else:
            session = (await vestibule.rows("SELECT id, user_id FROM sessions"))[0]
            async with vestibule.database.writing() as work:
                await work.sessions.end(session["id"], session["user_id"], EndReason.LOGOUT, vestibule.clock.now())
        assert (await orders.introspect(token)).json() == {"active": False}

    async def test_an_api_hears_nothing_of_another_s_tokens(self, vestibule, orders):
        other = await register(vestibule, "stock", "https://stock.example.com", ())
        tokens = await vestibule.signed_in()
        token = (await token_for(vestibule, tokens)).json()["accessToken"]
        assert (await other.introspect(token)).json() == {"active": False}

    @pytest.mark.parametrize("token", ["x", "a.b.c", "\u00e9", "x" * 8000, "vst_ref_" + "0" * 49])
    async def test_what_is_no_token_is_not_active(self, vestibule, orders, token):
        assert (await orders.introspect(token)).json() == {"active": False}

    async def test_a_refresh_token_is_no_access_token(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        assert (await orders.introspect(tokens["refreshToken"])).json() == {"active": False}


class TestClients:
    async def test_wrong_ones_are_refused_alike(self, vestibule, orders):
        made_up = TokenHasher((b"k" * 32,), SystemEntropy()).new("cli")
        answers = [
            await orders.introspect("x", secret="wrong"),
            await orders.introspect("x", secret=made_up),
            await orders.introspect("x", client="client_" + "0" * 26),
            await orders.introspect("x", client="client_\0"),
            await orders.introspect("x", client="client_%00", secret=made_up),
            await vestibule.http.post("/oauth/introspect", data={"token": "x"}),
            await vestibule.http.post("/oauth/introspect", data={"token": "x"}, headers={"Authorization": "Basic !"}),
            await vestibule.http.post(
                "/oauth/introspect", data={"token": "x"}, headers={"Authorization": b"Basic \xe7"}
            ),
            await vestibule.http.post("/oauth/introspect", data={"token": "x"}, headers={"Authorization": "Bearer x"}),
        ]
        for answer in answers:
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
            assert answer.headers["www-authenticate"].startswith("Basic ")

    async def test_the_form_may_name_them_and_both_ways_at_once_may_not(self, vestibule, orders):
        named = {"client_id": orders.client.id, "client_secret": orders.secret}
        assert (await vestibule.http.post("/oauth/introspect", data={"token": "x", **named})).status_code == 200
        both = await orders.introspect("x", client_secret=orders.secret)
        assert (both.status_code, both.json()["error"]) == (400, "invalid_request")

    async def test_rotation_keeps_the_old_secret_for_a_while(self, vestibule, orders):
        fresh = await vestibule.services.tokens.clients.rotate(orders.client, 3_600_000_000)
        assert (await orders.introspect("x")).status_code == 200
        assert (await orders.introspect("x", secret=fresh)).status_code == 200
        vestibule.clock.advance(3_600_000_001)
        assert (await orders.introspect("x")).status_code == 401
        assert (await orders.introspect("x", secret=fresh)).status_code == 200
        await vestibule.services.tokens.clients.rotate(orders.client, 0)
        assert (await orders.introspect("x", secret=fresh)).status_code == 401

    async def test_a_deleted_one_is_nobody(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        await vestibule.services.tokens.clients.delete(orders.client)
        assert (await orders.introspect("x")).status_code == 401
        assert (await token_for(vestibule, tokens)).status_code == 404
        assert not await vestibule.rows("SELECT 1 FROM client_secrets")

    async def test_secrets_are_kept_as_hashes_only(self, vestibule, orders):
        rows = await vestibule.rows("SELECT * FROM client_secrets")
        assert orders.secret.startswith("vst_cli_")
        assert orders.secret not in str([tuple(row) for row in rows])


FORM_ROUTES = [row for row in OAUTH_ROUTES if row.form]
PARAMETERS = [(row.path, name) for row in FORM_ROUTES for name in row.body.__struct_fields__]
SENT = {"token": "x", "token_type_hint": "access_token"}


class TestForms:
    """RFC 6749 section 3.2 (no value: omitted; never twice) and section 5.2 (what is wrong with it: invalid_request)."""

    @pytest.fixture
    def send(self, vestibule, orders):
        async def sent(path, body, *, form_only=False):
            basic = base64.b64encode(f"{orders.client.id}:{orders.secret}".encode()).decode()
            headers = {} if form_only else {"Authorization": f"Basic {basic}"}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return await vestibule.http.post(path, content=body, headers=headers)

        return sent

    @pytest.mark.parametrize("path", [row.path for row in FORM_ROUTES])
    @pytest.mark.parametrize(
        "body",
        [
            b"token=a&token=b", b"token=%ff", b"token=%00", b"token", b"", b"token=", b"token_type_hint=access_token",
            b"token=" + b"x" * 9000, b"&".join(b"f%d=1" % n for n in range(30)), b"\xff\xfe", b"token=a&x=1&x=1",
            b"token=a&x=&x=", b"token=a&client_secret=x",
        ],
    )  # fmt: skip
    async def test_what_is_wrong_is_an_invalid_request(self, send, path, body):
        answer = await send(path, body)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), answer.text

    @pytest.mark.parametrize(("path", "name"), PARAMETERS)
    async def test_a_parameter_without_a_value_is_omitted(self, send, path, name):
        rest = {key: value for key, value in SENT.items() if key != name}
        omitted, empty = [await send(path, urlencode(form)) for form in (rest, {**rest, name: ""})]
        assert (empty.status_code, self.answered(empty)) == (omitted.status_code, self.answered(omitted))
        assert (omitted.status_code == 400) is (name == "token")

    @pytest.mark.parametrize(("path", "name"), PARAMETERS)
    @pytest.mark.parametrize("values", [("x", "x"), ("x", ""), ("", "")])
    async def test_a_parameter_that_stands_twice_is_refused_and_named(self, send, path, name, values):
        rest = [(key, value) for key, value in SENT.items() if key != name]
        answer = await send(path, urlencode(rest + [(name, value) for value in values]))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert answer.json()["errorCodes"] == {name: "duplicate"}

    @pytest.mark.parametrize("path", [row.path for row in FORM_ROUTES])
    async def test_an_empty_secret_in_the_form_is_no_secret(self, send, orders, path):
        for form in (
            {"client_id": orders.client.id, "client_secret": ""},
            {"client_id": "", "client_secret": orders.secret},
        ):
            answer = await send(path, urlencode({**SENT, **form}), form_only=True)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize("path", [row.path for row in FORM_ROUTES])
    async def test_two_authorization_headers_are_refused(self, vestibule, orders, path):
        pair = base64.b64encode(f"{orders.client.id}:{orders.secret}".encode()).decode()
        twice = [("Authorization", f"Basic {pair}")] * 2
        answer = await vestibule.http.post(path, data=SENT, headers=twice)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    @staticmethod
    def answered(answer):
        volatile = {"requestId", "stack"}
        return {k: v for k, v in answer.json().items() if k not in volatile} if answer.content else None

    async def test_json_is_not_a_form_nor_a_form_json(self, vestibule, orders):
        assert (await vestibule.post("/oauth/introspect", {"token": "x"})).status_code == 415
        assert (await vestibule.http.post("/api/auth/login", data={"email": "a"})).status_code == 415


class TestRevocation:
    async def test_ends_the_api_s_token_and_not_the_person_s_session(self, vestibule, orders):
        tokens = await vestibule.signed_in()
        first, second = [(await token_for(vestibule, tokens)).json()["accessToken"] for _ in range(2)]
        for _ in range(2):
            answer = await orders.post("/oauth/revoke", first)
            assert (answer.status_code, answer.content) == (200, b"")
        assert (await orders.introspect(first)).json() == {"active": False}
        assert (await orders.introspect(second)).json()["active"] is True
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 200
        events = await vestibule.rows("SELECT actor_id FROM audit_events WHERE action = 'token.revoked'")
        assert [event["actor_id"] for event in events] == [orders.client.id]

    async def test_a_revoked_one_is_forgotten_an_hour_after_it_would_have_expired(self, vestibule, orders):
        token = (await token_for(vestibule, await vestibule.signed_in())).json()["accessToken"]
        await orders.post("/oauth/revoke", token)
        for seconds, kept in ((3600, 1), (900, 0)):
            vestibule.clock.advance(seconds * 1_000_000)
            await vestibule.services.operations.cleanup.sweep()
            assert len(await vestibule.rows("SELECT id FROM revoked_tokens")) == kept

    async def test_an_unknown_token_is_revoked_already_and_others_are_not_theirs(self, vestibule, orders):
        other = await register(vestibule, "stock", "https://stock.example.com", ())
        tokens = await vestibule.signed_in()
        api = (await token_for(vestibule, tokens)).json()["accessToken"]
        for token in ("x", "vst_ref_x", api):
            assert (await other.post("/oauth/revoke", token)).status_code == 200
        assert (await orders.introspect(api)).json()["active"] is True


class TestMetadata:
    async def test_says_where_everything_is(self, vestibule):
        told = (await vestibule.get("/.well-known/oauth-authorization-server")).json()
        assert told["issuer"] == "http://localhost:8000"
        for name in ("jwks_uri", "introspection_endpoint", "revocation_endpoint"):
            path = told[name].removeprefix(told["issuer"])
            assert (await vestibule.get(path)).status_code in (200, 405)


class TestCommandLine:
    @pytest.fixture
    def run(self, database_url, tmp_path):
        return lambda *words: command("clients", *words, folder=tmp_path, **production(database_url))

    @pytest.fixture
    def run_apis(self, database_url, tmp_path):
        return lambda *words: command("apis", *words, folder=tmp_path, **production(database_url))

    def test_their_whole_life(self, run):
        made = run("create", "orders", "--audience", ORDERS, "--scope", "orders:read")
        assert made.returncode == 0, made.stderr
        client = json.loads(made.stdout)
        assert client["secret"].startswith("vst_cli_")
        assert "secret" not in run("list").stdout
        assert json.loads(run("list").stdout)["scopes"] == ["orders:read"]
        assert json.loads(run("list").stdout)["introspects"] == "own"
        assert json.loads(run("update", "orders", "--introspect", "all").stdout)["introspects"] == "all"
        assert run("update", "nobody", "--introspect", "all").returncode == 1
        assert json.loads(run("list").stdout)["introspects"] == "all"
        assert json.loads(run("rotate", "orders").stdout)["secret"] != client["secret"]
        assert run("create", "orders").returncode == 1
        assert run("delete", "orders", "--yes").returncode == 0
        assert run("delete", "orders", "--yes").returncode == 1

    def test_of_an_api_apart_from_its_clients(self, run, run_apis):
        made = run_apis("create", "orders", "--audience", ORDERS, "--scope", "orders:read")
        assert made.returncode == 0, made.stderr
        api = json.loads(made.stdout)
        assert api.items() >= {"name": "orders", "audience": ORDERS, "scopes": ["orders:read"]}.items()
        for name in ("orders", "orders-jobs"):
            client = json.loads(run("create", name, "--api", "orders").stdout)
            assert client.items() >= {"api": "orders", "audience": ORDERS, "scopes": ["orders:read"]}.items()
            assert client["id"] != api["id"]
        assert json.loads(run_apis("list").stdout) == api
        assert run("delete", "orders-jobs", "--yes").returncode == 0
        assert json.loads(run_apis("list").stdout) == api
        assert run_apis("delete", "orders", "--yes").returncode == 0
        assert run_apis("delete", "orders", "--yes").returncode == 1
        left = json.loads(run("list").stdout)
        assert (left["name"], left["api"], left["audience"], left["scopes"]) == ("orders", None, None, [])

    def test_of_a_client_that_was_registered_with_its_api_is_that_of_the_api(self, run, run_apis):
        client = json.loads(run("create", "orders", "--audience", ORDERS).stdout)
        api = json.loads(run_apis("list").stdout)
        assert (client["id"], client["api"]) == (api["id"], api["name"])
        assert run_apis("create", "orders", "--audience", "https://stock.example.com").returncode == 1
        assert run_apis("create", "stock", "--audience", ORDERS).returncode == 1
        assert run("create", "stock", "--audience", ORDERS).returncode == 1
        assert run("delete", "orders", "--yes").returncode == 0
        assert run_apis("list").stdout == ""

    @pytest.mark.parametrize(
        ("words", "field"),
        [
            (["Orders!", "--audience", ORDERS], "name"),
            (["orders", "--audience", ""], "--audience"),
            (["orders", "--audience", "http://localhost:8000/"], "--audience"),
            (["orders", "--audience", ORDERS, "--scope", 'a"b'], "--scope"),
        ],
    )
    def test_bad_input_of_an_api_names_the_field(self, run_apis, words, field):
        refused = run_apis("create", *words)
        assert refused.returncode == 1
        assert f"error: {field}" in refused.stderr

    @pytest.mark.parametrize(
        ("words", "field"),
        [
            (["orders", "--api", "nothing"], "--api"),
            (["orders", "--api", "nothing", "--audience", ORDERS], "--api"),
            (["Orders!"], "name"),
            (["orders", "--audience", "orders"], "--audience"),
            (["orders", "--audience", "http://orders.example.com"], "--audience"),
            (["orders", "--audience", "http://localhost:8000"], "--audience"),
            (["orders", "--audience", "http://["], "--audience"),
            (["orders", "--audience", ORDERS, "--scope", 'a"b'], "--scope"),
            (["orders", "--scope", "a"], "--scope"),
        ],
    )
    def test_bad_input_names_the_field(self, run, words, field):
        refused = run("create", *words)
        assert refused.returncode == 1
        assert f"error: {field}" in refused.stderr

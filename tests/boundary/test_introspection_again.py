"""Introspection asked again is answered from the cache, in the same words, until anything that it says stops being true."""

import asyncio

import pytest
from registered_api import ORDERS, Api, register

from harness import bearer
from vestibule.domain.client import Introspects
from vestibule.domain.session import EndReason


@pytest.fixture
async def vestibule(start):
    """The fast path is the subject here, however the suite is run."""
    async with start(FAST_PATH="on") as system:
        yield system


@pytest.fixture
async def known(vestibule):
    """An API, a token, a key; both asked about once."""
    await vestibule.caching()
    api = await register(vestibule)
    tokens = await vestibule.signed_in()
    token = (await vestibule.post("/api/auth/token", {"resource": ORDERS}, **bearer(tokens))).json()["accessToken"]
    key = (
        await vestibule.post("/api/account/api-keys", {"name": "k", "scopes": ["orders:read"]}, **bearer(tokens))
    ).json()
    for credential in (token, key["secret"]):
        await api.introspect(credential)
    return api, tokens, token, key


async def from_cache(vestibule, api, credential, monkeypatch) -> bool:
    """Whether the answer comes without asking the services."""
    asked = []
    real = vestibule.services.tokens.clients.authenticate

    async def noted(*given):
        asked.append(given)
        return await real(*given)

    monkeypatch.setattr(vestibule.services.tokens.clients, "authenticate", noted)
    answer = await api.introspect(credential)
    monkeypatch.undo()
    assert answer.json()["active"] is True
    return not asked


class TestTheSameAnswer:
    @pytest.mark.parametrize("which", ["token", "key"])
    async def test_in_the_same_words(self, vestibule, known, which, monkeypatch):
        api, _, token, key = known
        credential = token if which == "token" else key["secret"]
        long_way = await api.introspect(credential, unused="makes it another question")
        assert await from_cache(vestibule, api, credential, monkeypatch)
        short_way = await api.introspect(credential)
        assert short_way.json() == long_way.json()
        ours = {name: value for name, value in short_way.headers.items() if name not in {"x-request-id", "date"}}
        assert ours == {name: value for name, value in long_way.headers.items() if name not in {"x-request-id", "date"}}

    async def test_another_client_another_secret_another_spelling_go_the_long_way(self, vestibule, known, monkeypatch):
        api, _, token, _ = known
        another = api.secret[:-1] + ("a" if api.secret[-1] != "a" else "b")
        assert (await api.introspect(token, secret=another)).status_code == 401
        other = await register(vestibule, "stock", "https://stock.example.com", ())
        assert (await other.introspect(token)).json() == {"active": False}
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            answer = await vestibule.http.post("/oauth/introspect", data={"token": token}, headers=headers)
            assert answer.status_code in {401, 403, 421}

    async def test_an_inactive_one_is_never_remembered(self, vestibule, known):
        api, _, token, _ = known
        assert (await api.introspect(token + "x")).json() == {"active": False}
        assert len(vestibule.services.access.session_check._cache) == len(
            vestibule.services.access.session_check._cache._entries
        )
        assert (await api.introspect(token + "x")).json() == {"active": False}


class TestTheEnd:
    @pytest.mark.parametrize(
        "how", ["sign-out", "disable", "another worker", "expire", "client deleted", "rotated at once"]
    )
    async def test_of_a_token_s_answer(self, vestibule, known, how):
        api, tokens, token, _ = known
        admin = vestibule.services.accounts.administration
        if how == "sign-out":
            await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        elif how == "disable":
            await admin.disable(await admin.find("alice"))
        elif how == "another worker":
            session = (await vestibule.rows("SELECT id, user_id FROM sessions"))[0]
            async with vestibule.database.writing() as work:
                await work.sessions.end(session["id"], session["user_id"], EndReason.LOGOUT, vestibule.clock.now())
        elif how == "expire":
            vestibule.clock.advance(901_000_000)
        elif how == "client deleted":
            await vestibule.services.tokens.clients.delete(api.client)
        else:
            await vestibule.services.tokens.clients.rotate(api.client, 0)
        answer = await api.introspect(token)
        assert (
            answer.status_code == 401 if how.startswith(("client", "rotated")) else answer.json() == {"active": False}
        )

    @pytest.mark.parametrize("how", ["updated", "rotated", "registered", "deleted"])
    async def test_comes_to_one_client_alone_when_that_client_changes(self, vestibule, known, how, monkeypatch):
        api, _, token, key = known
        clients = vestibule.services.tokens.clients
        stock = await register(vestibule, "stock", "https://stock.example.com", ())
        if how == "updated":
            await clients.update(stock.client, Introspects.ALL)
        elif how == "rotated":
            await clients.rotate(stock.client, 0)
        elif how == "deleted":
            await clients.delete(stock.client)
        assert await from_cache(vestibule, api, token, monkeypatch)
        assert await from_cache(vestibule, api, key["secret"], monkeypatch)

    @pytest.mark.parametrize("how", ["with its client", "by its name"])
    async def test_comes_to_every_client_that_knew_an_api_s_tokens_when_it_is_deleted(self, vestibule, known, how):
        api, _, token, key = known
        services = vestibule.services.tokens
        second = Api(vestibule, *await services.clients.create("jobs", None, (), api=api.client.api))
        gateway = await register(vestibule, "gateway", None, (), may_introspect=Introspects.ALL)
        for client in (api, second, gateway):
            for credential in (token, key["secret"]):
                assert (await client.introspect(credential)).json()["active"] is True
        if how == "with its client":
            await services.clients.delete(api.client)
        else:
            await services.apis.delete(await services.apis.find("orders"))
            assert (await api.introspect(token)).json() == {"active": False}
        for client in (second, gateway):
            assert (await client.introspect(token)).json() == {"active": False}
        assert (await second.introspect(key["secret"])).json() == {"active": False}
        assert (await gateway.introspect(key["secret"])).json()["active"] is True

    async def test_of_a_key_s_answer(self, vestibule, known):
        api, tokens, _, key = known
        await vestibule.http.delete(f"/api/account/api-keys/{key['apiKey']['id']}", headers=bearer(tokens))
        assert (await api.introspect(key["secret"])).json() == {"active": False}

    async def test_of_an_old_secret_s_time(self, vestibule, known):
        api, _, token, _ = known
        await vestibule.services.tokens.clients.rotate(api.client, 60_000_000)
        assert (await api.introspect(token)).json()["active"] is True
        vestibule.clock.advance(61_000_000)
        assert (await api.introspect(token)).status_code == 401

    async def test_roles_are_those_of_this_moment(self, vestibule, known):
        api, _, token, key = known
        user = await vestibule.services.accounts.administration.find("alice")
        await vestibule.services.accounts.roles.grant(user.id, "clerk")
        for credential in (token, key["secret"]):
            assert (await api.introspect(credential)).json()["roles"] == ["clerk"]

    async def test_a_key_s_last_use_is_noted_all_the_same(self, vestibule, known):
        api, _, _, key = known
        before = (await vestibule.rows("SELECT last_used_at FROM api_keys"))[0]["last_used_at"]
        vestibule.clock.advance(61_000_000)
        await api.introspect(key["secret"])
        await api.introspect(key["secret"])
        assert (await vestibule.rows("SELECT last_used_at FROM api_keys"))[0]["last_used_at"] > before

    async def test_many_at_once_agree(self, vestibule, known):
        api, tokens, token, _ = known
        answers = await asyncio.gather(*(api.introspect(token) for _ in range(30)))
        assert all(answer.json()["active"] for answer in answers)
        await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        answers = await asyncio.gather(*(api.introspect(token) for _ in range(30)))
        assert not any(answer.json()["active"] for answer in answers)

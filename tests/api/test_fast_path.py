"""The fast path answers what the cache knows in the words of the ordinary route, and leaves everything else to it.

A query that no route reads sends a request the ordinary way, so that the two can be held side by side.
"""

import base64
import re
from typing import Any

import httpx
import pytest

from harness import bearer
from vestibule.domain.client import Introspects
from vestibule.fastpath.answers import FastPath

SESSIONS = ["/api/session", "/api/auth/profile"]
COOKIE = "vestibule_session"
TOKEN = re.compile(
    r"XSRF-TOKEN=[0-9a-f]{32}\.[A-Za-z0-9_-]{43}|vestibule_presession=vst_[a-z]{3}_[0-9A-Za-z]+|^eyJ[\w-]+\.[\w.-]+$"
)
# What an error says about one request alone: its id, and in development the stack of calls.
OF_ONE = re.compile(rb'"requestId":"\w+"|"stack":"[^"\\]*(?:\\.[^"\\]*)*"')
RULES = "id.example.com/* signed-in; localhost/* signed-in"


async def by_cookie(vestibule) -> dict[str, str]:
    browser = vestibule.browser()
    await browser.register()
    await browser.sign_in()
    name = next(name for name in browser.http.cookies if name.endswith(COOKIE))
    return {"Cookie": f"{name}={browser.http.cookies[name]}"}


async def by_bearer(vestibule) -> dict[str, str]:
    return bearer(await vestibule.signed_in())


async def forwarded(vestibule) -> dict[str, str]:
    uri = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "id.example.com", "X-Forwarded-Uri": "/orders"}
    return await by_cookie(vestibule) | uri


async def introspecting(vestibule) -> dict[str, str]:
    client, secret = await vestibule.services.tokens.clients.create("orders", None, (), Introspects.ALL)
    pair = base64.b64encode(f"{client.id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}


REQUESTS = {
    "/api/session": by_cookie,
    "/api/auth/profile": by_bearer,
    "/forward-auth": forwarded,
    "/forward-auth/nginx": forwarded,
    "/oauth/introspect": introspecting,
}


def without_tokens(pairs) -> list[tuple[bytes, str]]:
    """The headers, in which a CSRF token, or the signed identity of forward-auth, is a `*`: each answer may have its own."""
    own = (b"content-length", b"x-request-id")
    return sorted((name, TOKEN.sub("*", value.decode())) for name, value in pairs if name not in own)


async def both_ways(vestibule, route, headers):
    answers = []
    for target in (route, f"{route}?way=ordinary"):
        answer = await vestibule.browser().get(target, **headers)
        answers.append((answer.status_code, answer.content, without_tokens(answer.headers.raw)))
    return answers


@pytest.fixture
async def vestibule(start):
    """The fast path is the subject here, however the suite is run."""
    async with start(FAST_PATH="on") as system:
        yield system


async def question(vestibule, path) -> dict[str, Any]:
    """A request that the fast path answers, as httpx takes it."""
    headers, form, method = await REQUESTS[path](vestibule), None, "GET"
    if path == "/oauth/introspect":
        form, method = f"token={(await vestibule.signed_in())['accessToken']}".encode(), "POST"
    return {"method": method, "url": path, "headers": headers, "content": form}


class TestACachedAnswer:
    async def test_is_compared_here_for_every_route(self, vestibule):
        assert {target.decode() for target in vestibule.app.fast_path.targets} == set(REQUESTS)

    @pytest.mark.parametrize("path", REQUESTS)
    @pytest.mark.parametrize("public_url", ["https://id.example.com", "http://localhost:8000"])
    async def test_is_the_ordinary_one_header_by_header(self, start, path, public_url):
        """Two systems share a database: one has the fast path, one has it turned off."""
        given = {"PUBLIC_URL": public_url, "TRUSTED_PROXIES": "127.0.0.1", "FORWARD_AUTH": RULES}
        async with start(**given, FAST_PATH="on") as vestibule, start(**given, FAST_PATH="off") as plain:
            await vestibule.caching()
            asked = await question(vestibule, path)
            scopes = []

            async def ordinary(scope, receive, send):
                scopes.append(dict(scope))
                await plain.app(scope, receive, send)

            for _ in range(2):  # forward-auth needs the session first, then its decision
                await vestibule.http.request(**asked)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=ordinary), base_url=public_url) as http:
                answer = await http.request(**asked)
            ways = vestibule.app.fast_path
            fast = ways.cached(ways.route(scopes[0]), scopes[0], asked["content"] or b"")
            assert fast is not None
            assert (answer.status_code, answer.content) == (200, fast.answer.body)
            assert without_tokens(answer.headers.raw) == without_tokens(fast.answer.headers.pairs)
            lines = [b"%b: %b" % pair for pair in fast.answer.headers.pairs]
            assert fast.answer.headers.encoded.split(b"\r\n")[:-1] == lines

    async def test_of_forward_auth_to_strangers_is_too(self, start):
        given = {"PUBLIC_URL": "https://id.example.com", "FORWARD_AUTH": "id.example.com/* public"}
        async with start(**given, FAST_PATH="on") as vestibule:
            await vestibule.caching()
            headers = {name: value for name, value in (await forwarded(vestibule)).items() if name != "Cookie"}
            for _ in range(2):
                fast, ordinary = await both_ways(vestibule, "/forward-auth", headers)
                assert fast == ordinary
                assert b"content-security-policy" in dict(fast[2])

    @pytest.mark.parametrize("route", SESSIONS)
    async def test_is_logged_and_counted(self, vestibule, route):
        headers = await by_bearer(vestibule)
        await both_ways(vestibule, route, headers)
        metrics = (await vestibule.get("/metrics")).text
        assert f'vestibule_requests_total{{method="GET",route="{route}",status="200"}} 2.0' in metrics

    async def test_logs_no_secret_that_came_as_a_request_id(self, vestibule, capsys):
        from vestibule.observability import logs

        logs.configure(json=True, level="info")
        headers = await by_cookie(vestibule)
        secret = headers["Cookie"].partition("=")[2]
        await vestibule.get("/api/session", **headers, **{"X-Request-Id": secret})
        printed = capsys.readouterr().err
        assert '"path":"/api/session"' in printed
        assert secret not in printed


class TestWithoutACache:
    @pytest.mark.parametrize("route", SESSIONS)
    @pytest.mark.parametrize("credential", [by_cookie, by_bearer])
    async def test_the_answers_are_alike_too_and_nothing_is_kept(self, start, route, credential):
        async with start(SESSION_CACHE_MIB="0", FAST_PATH="on") as vestibule:
            fast, ordinary = await both_ways(vestibule, route, await credential(vestibule))
            assert fast == ordinary
            assert fast[0] == 200
            assert len(vestibule.app.state.encoded_answers) == 0


class TestTurnedOff:
    """VESTIBULE_FAST_PATH=off: the ordinary routes answer everything, as they would beside the fast path."""

    @pytest.mark.parametrize("path", REQUESTS)
    async def test_the_same_is_answered_and_refused(self, start, path):
        given = {"TRUSTED_PROXIES": "127.0.0.1", "FORWARD_AUTH": RULES}
        async with start(**given, FAST_PATH="on") as vestibule, start(**given, FAST_PATH="off") as plain:
            assert (type(vestibule.app.fast_path), plain.app.fast_path) == (FastPath, None)
            await vestibule.caching()
            await plain.caching()
            asked = await question(vestibule, path)
            credential = "Cookie" if "Cookie" in asked["headers"] else "Authorization"
            value = asked["headers"][credential]
            for sent in (value, value[:-1] + "-", value.partition(" ")[0] + " nonsense"):
                for _ in range(2):
                    answers = [
                        await system.http.request(**asked | {"headers": asked["headers"] | {credential: sent}})
                        for system in (vestibule, plain)
                    ]
                    fast, ordinary = [
                        (one.status_code, OF_ONE.sub(b"", one.content), without_tokens(one.headers.raw))
                        for one in answers
                    ]
                    assert fast == ordinary
                    assert fast[0] == 200 or sent != value


class TestTheCookiesOfABrowser:
    async def test_are_renewed_with_the_idle_expiry(self, vestibule):
        headers = await by_cookie(vestibule)
        vestibule.clock.advance(120 * 1_000_000)
        session, token = (await vestibule.get("/api/session", **headers)).headers.get_list("set-cookie")
        assert session.startswith(headers["Cookie"])
        assert TOKEN.match(token)
        assert len((await vestibule.get("/api/session", **headers)).headers.get_list("set-cookie")) == 1

    async def test_keep_a_csrf_token_that_matches_and_replace_any_other(self, vestibule):
        await vestibule.caching()
        session = (await by_cookie(vestibule))["Cookie"]
        of_another = (await vestibule.browser().get("/api/csrf/restore")).json()["XSRF-Token"]

        async def set_by(token):
            fast, ordinary = await both_ways(vestibule, "/api/session", {"Cookie": f"{session}; XSRF-TOKEN={token}"})
            assert fast == ordinary
            return [value for name, value in fast[2] if name == b"set-cookie"]

        fresh = (await vestibule.browser().get("/api/session", Cookie=session)).headers["set-cookie"]
        good = TOKEN.match(fresh)[0].partition("=")[2]
        for wrong in ("", "x", of_another, good[:-1], good + "A", good.upper()):
            assert len(await set_by(wrong)) == 1
            assert await set_by(good) == []
        # Another browser with the same session may hold another good token.
        restored = (await vestibule.browser().get("/api/csrf/restore", Cookie=session)).json()["XSRF-Token"]
        assert restored != good
        assert await set_by(restored) == await set_by(good) == []


class TestAnOddRequest:
    @pytest.mark.parametrize("route", SESSIONS)
    async def test_is_left_to_the_ordinary_route(self, vestibule, route):
        cookie, token = await by_cookie(vestibule), await by_bearer(vestibule)
        odd = [
            {},
            {"Cookie": f"{COOKIE}=vst_ses_nonsense"},
            {"Cookie": f"{COOKIE}={token['Authorization'].removeprefix('Bearer ')}"},
            {"Authorization": f"Bearer {cookie['Cookie'].partition('=')[2]}"},
            {"Authorization": "Bearer a.b.c"},
            {"Authorization": "Basic YTpi"},
            {"Cookie": f"{cookie['Cookie']}; {cookie['Cookie']}"},
            {**cookie, "Authorization": "Bearer a.b.c"},
        ]
        for headers in odd:
            answer = await vestibule.browser().get(route, **headers)
            assert answer.status_code == 401 or answer.json()["user"] is None, headers
        pair = ("Authorization", token["Authorization"])
        answer = await vestibule.browser().http.get(route, headers=[pair, pair])
        assert answer.status_code == 401 or answer.json()["user"] is None

    async def test_of_another_origin_gets_its_cors_headers(self, start):
        async with start(CORS_ORIGINS="https://app.example.com") as vestibule:
            headers = await by_bearer(vestibule) | {"Origin": "https://app.example.com"}
            answer = await vestibule.get("/api/auth/profile", **headers)
            assert answer.headers["access-control-allow-origin"] == "https://app.example.com"

    async def test_has_the_methods_of_the_table(self, vestibule):
        headers = await by_cookie(vestibule)
        assert (await vestibule.http.head("/api/session", headers=headers)).status_code == 200
        assert (await vestibule.http.put("/api/auth/profile", headers=headers)).status_code == 405

"""The short way in answers as the long one does; anything but a plain question with a good credential goes the long way.

A query that nobody reads sends the same request the long way, so the two can be held side by side.
"""

import base64
import re

import httpx
import pytest

from harness import bearer
from vestibule.domain.client import Introspects

ROUTES = ["/api/session", "/api/auth/profile"]
COOKIE = "vestibule_session"
CSRF = re.compile(r"XSRF-TOKEN=[0-9a-f]{32}\.[A-Za-z0-9_-]{43}|vestibule_presession=vst_[a-z]{3}_[0-9A-Za-z]+")


async def credentials(vestibule) -> dict[str, dict[str, str]]:
    tokens = await vestibule.signed_in()
    browser = vestibule.browser()
    await browser.sign_in()
    name = next(name for name in browser.http.cookies if name.endswith(COOKIE))
    return {"cookie": {"Cookie": f"{name}={browser.http.cookies[name]}"}, "bearer": bearer(tokens)}


def comparable(answer):
    """All of an answer but what is random: its id, and the CSRF pair that a browser without one gets."""
    pairs = [pair for pair in answer.headers.multi_items() if pair[0] != "x-request-id"]
    headers = [(name, CSRF.sub("*", value)) for name, value in pairs]
    return answer.status_code, sorted(headers), answer.content


async def both_ways(vestibule, route, headers):
    answers = []
    for target in (route, f"{route}?way=long"):
        vestibule.http.cookies.clear()
        answers.append(comparable(await vestibule.get(target, **headers)))
    return tuple(answers)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("session_type", ["cookie", "bearer"])
class TestGoodCredentials:
    async def test_both_ways_answer_alike(self, vestibule, route, session_type):
        await vestibule.caching()
        headers = (await credentials(vestibule))[session_type]
        for _ in range(2):
            short, long = await both_ways(vestibule, route, headers)
            assert short == long
            assert short[0] == 200

    async def test_both_ways_answer_alike_without_a_cache(self, start, route, session_type):
        async with start(SESSION_CACHE_MIB="0") as vestibule:
            headers = (await credentials(vestibule))[session_type]
            short, long = await both_ways(vestibule, route, headers)
            assert short == long
            assert len(vestibule.services.access.session_check._cache) == 0

    async def test_both_ways_answer_alike_over_https(self, start, route, session_type):
        async with start(PUBLIC_URL="https://id.example.com") as vestibule:
            headers = (await credentials(vestibule))[session_type]
            short, long = await both_ways(vestibule, route, headers)
            assert short == long
            assert "strict-transport-security" in dict(short[1])

    async def test_both_are_logged_and_counted(self, vestibule, route, session_type, capfd):
        headers = (await credentials(vestibule))[session_type]
        await vestibule.get(route, **headers, **{"X-Request-Id": "short-way-1"})
        await vestibule.get(f"{route}?way=long", **headers, **{"X-Request-Id": "long-way-01"})
        metrics = (await vestibule.get("/metrics")).text
        assert f'vestibule_requests_total{{method="GET",route="{route}",status="200"}} 2.0' in metrics


class TestEverythingElse:
    @pytest.mark.parametrize("route", ROUTES)
    async def test_refusals_are_the_long_ways(self, vestibule, route):
        known = await credentials(vestibule)
        odd = [
            {},
            {"Cookie": f"{COOKIE}=vst_ses_nonsense"},
            {"Cookie": f"{COOKIE}={known['bearer']['Authorization'].removeprefix('Bearer ')}"},
            {"Authorization": f"Bearer {known['cookie']['Cookie'].partition('=')[2]}"},
            {"Authorization": "Bearer a.b.c"},
            {"Authorization": "Basic YTpi"},
            {"Cookie": known["cookie"]["Cookie"] + "; " + known["cookie"]["Cookie"]},
            {**known["cookie"], "Authorization": "Bearer a.b.c"},
        ]
        for headers in odd:
            short, long = await both_ways(vestibule, route, headers)
            if short[0] == 200:
                assert short == long
                assert b'"user":null' in short[2]
            else:
                assert (short[0], long[0]) == (401, 401), headers

    @pytest.mark.parametrize("route", ROUTES)
    async def test_a_doubled_header_is_no_credential(self, vestibule, route):
        known = await credentials(vestibule)
        pair = ("Authorization", known["bearer"]["Authorization"])
        answer = await vestibule.http.get(route, headers=[pair, pair])
        assert answer.status_code == 401 or answer.json()["user"] is None

    async def test_another_origin_gets_its_cors_headers(self, start):
        async with start(CORS_ORIGINS="https://app.example.com") as vestibule:
            headers = {**(await credentials(vestibule))["bearer"], "Origin": "https://app.example.com"}
            answer = await vestibule.get("/api/auth/profile", **headers)
            assert answer.headers["access-control-allow-origin"] == "https://app.example.com"

    async def test_head_and_wrong_methods_are_the_routes_business(self, vestibule):
        headers = (await credentials(vestibule))["cookie"]
        assert (await vestibule.http.head("/api/session", headers=headers)).status_code == 200
        assert (await vestibule.http.put("/api/auth/profile", headers=headers)).status_code == 405

    async def test_a_secret_in_a_request_id_does_not_reach_the_log(self, vestibule, capsys):
        from vestibule.observability import logs

        logs.configure(json=True, level="info")
        try:
            headers = (await credentials(vestibule))["cookie"]
            secret = headers["Cookie"].partition("=")[2]
            await vestibule.get("/api/session", **headers, **{"X-Request-Id": secret})
        finally:
            logs.configure(json=True, level="error")
        printed = capsys.readouterr().err
        assert '"path":"/api/session"' in printed
        assert secret not in printed

    async def test_a_renewed_cookie_comes_the_short_way_too(self, vestibule):
        headers = (await credentials(vestibule))["cookie"]
        vestibule.clock.advance(120 * 1_000_000)
        first = await vestibule.get("/api/session", **headers)
        session, token = first.headers.get_list("set-cookie")
        assert session.startswith(headers["Cookie"])
        assert CSRF.match(token)
        assert len((await vestibule.get("/api/session", **headers)).headers.get_list("set-cookie")) == 1

    async def test_a_csrf_token_that_matches_stays_and_any_other_is_replaced(self, vestibule):
        await vestibule.caching()
        session = (await credentials(vestibule))["cookie"]["Cookie"]
        of_another = (await vestibule.get("/api/csrf/restore")).json()["XSRF-Token"]

        async def set_by(token):
            short, long = await both_ways(vestibule, "/api/session", {"Cookie": f"{session}; XSRF-TOKEN={token}"})
            assert short == long
            return [value for name, value in short[1] if name == "set-cookie"]

        fresh = (await vestibule.get("/api/session", Cookie=session)).headers["set-cookie"]
        good = CSRF.match(fresh)[0].partition("=")[2]
        for wrong in ("", "x", of_another, good[:-1], good + "A", good.upper()):
            assert len(await set_by(wrong)) == 1
            assert await set_by(good) == []
        # Another browser with the same session may hold another good token.
        restored = (await vestibule.get("/api/csrf/restore", Cookie=session)).json()["XSRF-Token"]
        assert restored != good
        assert await set_by(restored) == await set_by(good) == []


async def forward_auth(vestibule) -> dict[str, str]:
    cookie = (await credentials(vestibule))["cookie"]
    return {**cookie, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "id.example.com", "X-Forwarded-Uri": "/orders"}


async def introspection(vestibule) -> dict[str, str]:
    client, secret = await vestibule.services.tokens.clients.create("orders", None, (), Introspects.ALL)
    pair = base64.b64encode(f"{client.id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}


async def session(vestibule) -> dict[str, str]:
    return (await credentials(vestibule))["cookie"]


async def profile(vestibule) -> dict[str, str]:
    return (await credentials(vestibule))["bearer"]


QUESTIONS = {
    "/api/session": session,
    "/api/auth/profile": profile,
    "/forward-auth": forward_auth,
    "/forward-auth/nginx": forward_auth,
    "/oauth/introspect": introspection,
}


class TestEveryShortAnswer:
    """What stands in the envelope of an ordinary answer stands in that of a short one, header by header."""

    async def test_has_a_question_here(self, vestibule):
        assert {target.decode() for target in vestibule.app.fast_path.targets} == set(QUESTIONS)

    @pytest.mark.parametrize("path", QUESTIONS)
    @pytest.mark.parametrize("public_url", ["https://id.example.com", "http://localhost:8000"])
    async def test_carries_what_the_long_one_carries(self, start, path, public_url):
        async with start(PUBLIC_URL=public_url, TRUSTED_PROXIES="127.0.0.1", FORWARD_AUTH=RULES) as vestibule:
            await vestibule.caching()
            headers, form, method = await QUESTIONS[path](vestibule), b"", "GET"
            if path == "/oauth/introspect":
                form, method = f"token={(await vestibule.signed_in())['accessToken']}".encode(), "POST"
            scopes = []

            async def long_way(scope, receive, send):
                scopes.append(dict(scope))
                await vestibule.app.middleware_stack._app({**scope, "app": vestibule.app}, receive, send)

            await vestibule.http.request(method, path, headers=headers, content=form or None)
            transport = httpx.ASGITransport(app=long_way)
            async with httpx.AsyncClient(transport=transport, base_url=public_url) as http:
                answer = await http.request(method, path, headers=headers, content=form or None)
            ways = vestibule.app.fast_path
            short = ways.cached(ways.route(scopes[0]), scopes[0], form)
            assert short is not None
            assert (answer.status_code, answer.content) == (200, short.answer.body)
            assert _without_tokens(answer.headers.raw) == _without_tokens(short.answer.headers.pairs)
            lines = [b"%b: %b" % pair for pair in short.answer.headers.pairs]
            assert short.answer.headers.encoded.split(b"\r\n")[:-1] == lines

    async def test_of_forward_auth_to_strangers_does_so_too(self, start):
        async with start(PUBLIC_URL="https://id.example.com", FORWARD_AUTH="id.example.com/* public") as vestibule:
            await vestibule.caching()
            told = {k: v for k, v in (await forward_auth(vestibule)).items() if k != "Cookie"}
            long = await vestibule.get("/forward-auth?way=long", **told, **{"X-Twice": "a"})
            for _ in range(2):
                answer = await vestibule.get("/forward-auth", **told)
                assert comparable(answer) == comparable(long)
                assert answer.headers["content-security-policy"]


def _without_tokens(pairs) -> dict[bytes, str]:
    return {name: CSRF.sub("*", value.decode()) for name, value in pairs if name not in OWN}


RULES = "id.example.com/* signed-in; localhost/* signed-in"
OWN = (b"content-length", b"x-request-id")

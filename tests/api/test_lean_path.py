"""The short way in answers as the long one does; anything but a plain question with a good credential goes the long way.

A query that nobody reads sends the same request the long way, so the two can be held side by side.
"""

import pytest

from harness import bearer

ROUTES = ["/api/session", "/api/auth/profile"]
COOKIE = "vestibule_session"


async def credentials(vestibule) -> dict[str, dict[str, str]]:
    tokens = await vestibule.signed_in()
    browser = vestibule.browser()
    await browser.sign_in()
    name = next(name for name in browser.http.cookies if name.endswith(COOKIE))
    return {"cookie": {"Cookie": f"{name}={browser.http.cookies[name]}"}, "bearer": bearer(tokens)}


def comparable(answer):
    headers = [pair for pair in answer.headers.multi_items() if pair[0] != "x-request-id"]
    return answer.status_code, sorted(headers), answer.content


async def both_ways(vestibule, route, headers):
    short = await vestibule.get(route, **headers)
    long = await vestibule.get(f"{route}?way=long", **headers)
    return comparable(short), comparable(long)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("door", ["cookie", "bearer"])
class TestGoodCredentials:
    async def test_both_ways_answer_alike(self, vestibule, route, door):
        await vestibule.caching()
        headers = (await credentials(vestibule))[door]
        for _ in range(2):
            short, long = await both_ways(vestibule, route, headers)
            assert short == long
            assert short[0] == 200

    async def test_both_ways_answer_alike_without_a_cache(self, start, route, door):
        async with start(SESSION_CACHE_MIB="0") as vestibule:
            headers = (await credentials(vestibule))[door]
            short, long = await both_ways(vestibule, route, headers)
            assert short == long
            assert len(vestibule.services.session_check._cache) == 0

    async def test_both_ways_answer_alike_over_https(self, start, route, door):
        async with start(PUBLIC_URL="https://id.example.com") as vestibule:
            headers = (await credentials(vestibule))[door]
            short, long = await both_ways(vestibule, route, headers)
            assert short == long
            assert "strict-transport-security" in dict(short[1])

    async def test_both_are_logged_and_counted(self, vestibule, route, door, capfd):
        headers = (await credentials(vestibule))[door]
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
        assert first.headers["set-cookie"].startswith(headers["Cookie"])
        assert "set-cookie" not in (await vestibule.get("/api/session", **headers)).headers

"""The CSRF pair: what a browser's token is bound to, and the token as a cookie that its pages read and send back."""

from itertools import product

import pytest

from harness import PASSWORD, bearer, code_of

APP = "https://app.example.com"
GOOD = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}


def set_by(answer) -> dict[str, str]:
    """The cookies that an answer sets, by name."""
    lines = answer.headers.get_list("set-cookie")
    pairs = [line.partition(";")[0].partition("=") for line in lines]
    assert len({name for name, _, _ in pairs}) == len(pairs)
    return {name: value for name, _, value in pairs}


PRE, XSRF, SESSION = "vestibule_presession", "XSRF-TOKEN", "vestibule_session"
GIVING = ["/api/session", "/", "/auth/sign-in", "/auth/register", "/account", "/connect", "/dev/mailbox"]
SHOWN = {"Accept": "text/html"}


class TestTheCsrfPair:
    """`GET /api/session` and every page set it where it is missing: a production bundle asks for it nowhere else."""

    @pytest.mark.parametrize("path", [*GIVING, "/no/such/page"])
    async def test_comes_with_the_first_answer_and_the_first_sign_in_works(self, vestibule, path):
        await vestibule.register()
        browser = vestibule.browser()
        first = await browser.get(path, **SHOWN)
        assert set_by(first).keys() == {PRE, XSRF}
        headers = {"XSRF-Token": browser.http.cookies[XSRF]}
        body = {"credential": "alice", "password": PASSWORD}
        assert (await browser.http.post("/api/session", json=body, headers=headers)).status_code == 200

    @pytest.mark.parametrize("path", GIVING)
    async def test_is_left_alone_while_it_matches(self, vestibule, path):
        browser = vestibule.browser()
        await browser.get(path, **SHOWN)
        assert set_by(await browser.get(path, **SHOWN)) == {}
        await browser.register()
        assert set_by(await browser.get(path, **SHOWN)) == {}
        await browser.send("DELETE", "/api/session")
        assert set_by(await browser.get(path, **SHOWN)) == {}

    @pytest.mark.parametrize("path", GIVING)
    @pytest.mark.parametrize("token", ["", "x", "a.b", "é", "0" * 32 + "." + "A" * 43, "\x01"])
    async def test_is_set_anew_when_it_does_not_match(self, vestibule, path, token):
        browser = vestibule.browser()
        await browser.get(path, **SHOWN)
        held = browser.http.cookies[PRE]
        cookie = f"{PRE}={held}; {XSRF}={token}".encode()
        answer = await vestibule.browser().http.get(path, headers={**SHOWN, "Cookie": cookie})
        # Sign-in attempts are bound to the pre-session, so it stays.
        assert set_by(answer)[PRE] == held

    @pytest.mark.parametrize("path", GIVING)
    @pytest.mark.parametrize("held", ["", "x", "vst_pre_short", "vst_ses_" + "A" * 49])
    async def test_has_a_pre_session_of_ours(self, vestibule, path, held):
        answer = await vestibule.browser().http.get(path, headers={**SHOWN, "Cookie": f"{PRE}={held}"})
        assert set_by(answer)[PRE] not in ("", held)

    @pytest.mark.parametrize("path", GIVING)
    async def test_of_a_signed_in_browser_is_the_token_alone(self, vestibule, path):
        browser = vestibule.browser()
        await browser.register()
        session = f"{SESSION}={browser.http.cookies[SESSION]}"
        stale = (await vestibule.get("/api/csrf/restore")).json()["XSRF-Token"]
        for cookie in (session, f"{session}; {XSRF}={stale}", f"{session}; {XSRF}=x"):
            answer = await vestibule.browser().http.get(path, headers={**SHOWN, "Cookie": cookie})
            assert set_by(answer).keys() == {XSRF}
            headers = {"Cookie": session, "XSRF-Token": set_by(answer)[XSRF]}
            assert (await vestibule.http.patch("/api/account", json={}, headers=headers)).status_code == 200

    @pytest.mark.parametrize("path", GIVING)
    async def test_of_an_ended_session_is_that_of_no_session(self, vestibule, path):
        browser = vestibule.browser()
        await browser.register()
        ended = f"{SESSION}={browser.http.cookies[SESSION]}; {XSRF}={browser.http.cookies[XSRF]}"
        await browser.send("DELETE", "/api/session")
        answer = await vestibule.browser().http.get(path, headers={**SHOWN, "Cookie": ended})
        assert set_by(answer).keys() == {PRE, XSRF}

    @pytest.mark.parametrize("path", GIVING)
    async def test_is_in_no_answer_that_a_shared_cache_may_keep(self, vestibule, path):
        browser = vestibule.browser()
        first, second = await browser.get(path, **SHOWN), await browser.get(path, **SHOWN)
        assert set_by(first)
        assert {"private", "no-store"} & set(first.headers["cache-control"].split(", "))
        assert second.headers["cache-control"] == ("no-store" if path == "/api/session" else "no-cache")

    async def test_is_set_with_no_file_and_no_other_answer(self, vestibule):
        for path in ("/api/config", "/health", "/api/openapi.json", "/.well-known/jwks.json", "/favicon.svg", "/x.js"):
            assert set_by(await vestibule.browser().get(path)) == {}, path

    @pytest.mark.parametrize("value", ["Bearer a.b.c", "Bearer ", "Basic YTpi", ""])
    async def test_is_not_for_programs_with_a_token(self, vestibule, value):
        tokens = await vestibule.signed_in()
        for headers in ({"Authorization": value}, bearer(tokens)):
            for query in ("", "?way=long"):
                assert set_by(await vestibule.browser().get(f"/api/session{query}", **headers)) == {}

    async def test_reaches_pages_of_listed_origins_and_no_others(self, start):
        async with start(CORS_ORIGINS=APP) as vestibule:
            answer = await vestibule.browser().get("/api/session", Origin=APP)
            assert set_by(answer).keys() == {PRE, XSRF}
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert set_by(await vestibule.browser().get("/api/session", Origin="https://evil.example")) == {}

    async def test_keeps_an_attempt_alive_over_a_reload(self, vestibule):
        _, seed, _ = await vestibule.with_app()
        browser, refused = await vestibule.half_signed_in()
        for path in GIVING:
            await browser.get(path, **SHOWN)
        done = await browser.step(refused, "totp", code=code_of(seed, vestibule.clock))
        assert done.json()["status"] == "signed_in"

    async def test_is_refreshed_with_the_cookie_of_a_session_that_moves_on(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        vestibule.clock.advance(120 * 1_000_000)
        await vestibule.caching()  # else each check reads the stored last use, which is written later
        assert set_by(await browser.get("/", **SHOWN)).keys() == {SESSION}
        assert set_by(await browser.get("/api/session")) == {}

    async def test_over_https_has_the_prefix(self, start):
        async with start(PUBLIC_URL="https://id.example.com") as vestibule:
            for path in ("/api/session", "/"):
                lines = (await vestibule.browser().get(path, **SHOWN)).headers.get_list("set-cookie")
                assert [line.partition("=")[0] for line in lines] == [f"__Host-{PRE}", XSRF]
                assert all("Secure" in line and "SameSite=Lax" in line for line in lines)


CSRF_ROWS = [("POST", "/api/users"), ("POST", "/api/session"), ("DELETE", "/api/session"), ("POST", "/api/login")]


class TestAfterCsrfFailed:
    """The refusal sets a fresh pair, so that the second try succeeds."""

    @pytest.mark.parametrize(("method", "path"), CSRF_ROWS)
    @pytest.mark.parametrize(
        ("signed_in", "token"),
        list(product([False, True], [None, "undefined", "x", "a.b", "0" * 32 + "." + "A" * 43])),
    )
    async def test_the_second_try_works(self, vestibule, method, path, signed_in, token):
        await vestibule.register("carol")
        browser = vestibule.browser()
        if signed_in:
            await browser.register()
        body = {
            "/api/users": {**GOOD, "username": "dave", "email": "dave@example.com"},
            "/api/login": {"identifier": "carol"},
        }
        body = body.get(path, {"credential": "carol", "password": PASSWORD})
        content = {} if method == "DELETE" else {"json": body}

        async def tried(value):
            headers = {} if value is None else {"XSRF-Token": value}
            return await browser.http.request(method, path, headers=headers, **content)

        refused = await tried(token)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
        assert set_by(refused).keys() == ({XSRF} if signed_in else {PRE, XSRF})
        assert refused.headers["cache-control"] == "no-store"
        assert (await tried(browser.http.cookies[XSRF])).status_code in (200, 201)

    @pytest.mark.parametrize(("method", "path"), [("PATCH", "/api/account"), ("POST", "/api/account/lockdown")])
    async def test_so_it_does_where_only_a_session_counts(self, vestibule, method, path):
        browser = vestibule.browser()
        await browser.register()
        refused = await browser.http.request(method, path, headers={"XSRF-Token": "x"}, json={})
        assert (refused.json()["code"], set_by(refused).keys()) == ("csrf_failed", {XSRF})
        headers = {"XSRF-Token": browser.http.cookies[XSRF]}
        assert (await browser.http.request(method, path, headers=headers, json={})).status_code == 200

    async def test_the_token_of_before_the_sign_in_is_replaced(self, vestibule):
        browser = vestibule.browser()
        before = await browser.csrf()
        await browser.register()
        refused = await browser.http.delete("/api/session", headers={"XSRF-Token": before})
        assert refused.status_code == 403
        fresh = {"XSRF-Token": browser.http.cookies[XSRF]}
        assert (await browser.http.delete("/api/session", headers=fresh)).status_code == 200

    async def test_another_site_gets_none(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            refused = await browser.http.delete("/api/session", headers=headers)
            assert (refused.json()["code"], set_by(refused)) == ("origin_not_allowed", {})

    async def test_a_listed_origin_may_read_the_refusal(self, start):
        async with start(CORS_ORIGINS=APP) as vestibule:
            refused = await vestibule.browser().http.post("/api/session", json={}, headers={"Origin": APP})
            assert set_by(refused).keys() == {PRE, XSRF}
            assert refused.headers["access-control-allow-origin"] == APP

    async def test_a_bearer_token_leaves_the_pair_of_the_browser_alone(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        tokens = (await vestibule.log_in()).json()
        refused = await browser.http.delete("/api/session", headers=bearer(tokens))
        assert (refused.json()["code"], set_by(refused)) == ("csrf_failed", {})
        alone = await vestibule.browser().http.delete("/api/session", headers=bearer(tokens))
        assert set_by(alone).keys() == {PRE, XSRF}

"""Headers, origins, cookies, proxies: what stands between the street and the house."""

import pytest

from harness import PASSWORD, bearer

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


class TestSecurityHeaders:
    @pytest.mark.parametrize(
        "path",
        ["/health", "/api/session", "/api/nope", "/api/account", "/api/csrf/restore", "/.well-known/change-password"],
    )
    async def test_stand_on_every_answer(self, vestibule, path):
        answer = await vestibule.get(path)
        assert answer.headers.items() >= HEADERS.items()
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
            assert directive in policy

    async def test_stand_on_refusals_and_crashes(self, vestibule):
        too_big = await vestibule.http.post(
            "/api/auth/login", content=b"x" * 70000, headers={"Content-Type": "application/json"}
        )
        assert too_big.headers.items() >= HEADERS.items()
        vestibule.app.state.cookies = None
        crash = await vestibule.get("/api/session")
        assert crash.status_code == 500
        assert crash.headers.items() >= HEADERS.items()

    async def test_a_crash_leaks_nothing_in_production(self, start):
        production = {"ENV": "production", "MAIL_TRANSPORT": "smtp", "MAIL_FROM": "a@b.io", "SMTP_HOST": "localhost"}
        async with start(**production) as vestibule:
            vestibule.app.state.cookies = None
            body = (await vestibule.get("/api/session")).json()
            assert body["code"] == "internal_error"
            assert body.keys().isdisjoint({"stack", "fix", "docs"})
            assert "NoneType" not in str(body)

    async def test_keys_are_for_caches_and_personal_answers_are_not(self, vestibule):
        tokens = await vestibule.signed_in()
        assert (await vestibule.get("/api/account", **bearer(tokens))).headers["cache-control"] == "no-store"
        assert "public" in (await vestibule.get("/.well-known/jwks.json")).headers["cache-control"]


class TestOrigins:
    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "https://localhost:8000", "http://localhost.evil.example:8000"]
    )
    async def test_foreign_origins_change_nothing(self, vestibule, origin):
        browser = vestibule.browser()
        await browser.register()
        answer = await browser.send("DELETE", "/api/session", Origin=origin)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
        assert await browser.whoami() is not None

    @pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
    async def test_loopback_names_are_one_origin_in_development(self, vestibule, origin):
        assert (
            await vestibule.post("/api/auth/login", {"email": "a@b.io", "password": PASSWORD}, Origin=origin)
        ).status_code == 401

    async def test_a_cross_site_request_without_an_origin_is_refused(self, vestibule):
        answer = await vestibule.post("/api/auth/logout", **{"Sec-Fetch-Site": "cross-site"})
        assert answer.json()["code"] == "origin_not_allowed"

    async def test_the_refresh_cookie_is_of_no_use_to_another_site(self, vestibule):
        await vestibule.register()
        await vestibule.log_in(tokenDelivery="cookie")
        answer = await vestibule.post("/api/auth/refresh", Origin="https://evil.example")
        assert answer.status_code == 403

    async def test_over_https_the_refresh_cookie_crosses_to_the_app_s_origin(self, start):
        async with start(PUBLIC_URL="https://id.example.com", APP_URL="https://app.example.org") as vestibule:
            await vestibule.register()
            cookie = (await vestibule.log_in(tokenDelivery="cookie")).headers["set-cookie"]
            assert cookie.startswith("__Secure-vestibule_refresh=")
            for attribute in ("SameSite=None", "Secure", "HttpOnly", "Path=/api/auth"):
                assert attribute in cookie


class TestWhoIsAsking:
    async def test_an_authorization_header_is_judged_alone(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        answer = await browser.get("/api/account", Authorization="Bearer made.up.token")
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")

    async def test_bearer_requests_need_no_csrf_token(self, vestibule):
        tokens = await vestibule.signed_in()
        assert (
            await vestibule.http.patch("/api/account", json={"name": "A"}, headers=bearer(tokens))
        ).status_code == 200

    async def test_cookie_requests_do(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        answer = await browser.http.patch("/api/account", json={"name": "A"})
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")

    @pytest.mark.parametrize("value", ["", "x", "vst_ses_" + "A" * 49, "vst_ses_é", "a=b=c", "%00", "x" * 5000])
    async def test_a_malformed_cookie_is_nobody(self, vestibule, value):
        answer = await vestibule.http.get("/api/session", headers={"Cookie": f"vestibule_session={value}".encode()})
        assert (answer.status_code, answer.json()["user"]) == (200, None)

    async def test_a_cookie_that_comes_twice_is_nobody(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        mine = browser.http.cookies["vestibule_session"]
        for header in (
            f"vestibule_session={mine}; vestibule_session=x",
            f"vestibule_session=x; vestibule_session={mine}",
        ):
            answer = await vestibule.http.get("/api/session", headers={"Cookie": header})
            assert answer.json()["user"] is None


class TestProxies:
    async def address_of(self, vestibule, peer: str, forwarded: str) -> str:
        browser = vestibule.browser(peer)
        browser.http.headers["X-Forwarded-For"] = forwarded
        await browser.register("alice")
        return (await vestibule.rows("SELECT address FROM sessions"))[0]["address"]

    @pytest.mark.parametrize(
        ("peer", "forwarded", "expected"),
        [
            ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.5", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.5", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.5", "198.51.100.7, 10.0.0.9", "198.51.100.7"),
            ("10.0.0.5", "a", "10.0.0.5"),
            ("10.0.0.5", "", "10.0.0.5"),
            ("10.0.0.5", "fe80::1%eth0", "10.0.0.5"),
            ("10.0.0.5", ", ".join(["1.1.1.1"] * 1000), "10.0.0.5"),
            ("10.0.0.5", "::ffff:198.51.100.7", "198.51.100.7"),
        ],
    )
    async def test_only_trusted_peers_are_believed_and_nonsense_means_the_peer(self, start, peer, forwarded, expected):
        async with start(TRUSTED_PROXIES="10.0.0.0/8") as vestibule:
            assert await self.address_of(vestibule, peer, forwarded) == expected


class TestWellKnown:
    async def test_change_password_leads_to_the_page(self, vestibule):
        answer = await vestibule.get("/.well-known/change-password")
        assert (answer.status_code, answer.headers["location"]) == (303, "http://localhost:8000/account/security")

    async def test_unknown_ones_are_a_true_404(self, vestibule):
        answer = await vestibule.get("/.well-known/resource-that-should-not-exist", Accept="text/html")
        assert answer.status_code == 404


class TestMetrics:
    async def test_are_open_in_development_and_count_by_route(self, vestibule):
        await vestibule.get("/api/sessions/made-up")
        await vestibule.http.delete("/api/sessions/made-up")
        text = (await vestibule.get("/metrics")).text
        assert 'route="/api/sessions/{id}"' in text
        assert "made-up" not in text
        assert "vestibule_outbox_dead 0.0" in text

    async def test_need_their_token_elsewhere(self, start):
        async with start(METRICS_TOKEN="a-token-for-the-scraper") as vestibule:
            assert (await vestibule.get("/metrics")).status_code == 404
            answer = await vestibule.get("/metrics", Authorization="Bearer a-token-for-the-scraper")
            assert answer.status_code == 200

"""Cases 75 to 99, 101 to 123 as far as sessions go; ASVS 3.3.1 to 3.3.5, 3.4.1, 3.4.4 to 3.4.6,
3.4.8, 3.5.1 to 3.5.3, 7.2.4, 7.4.1, 7.4.2, 14.2.5, 14.3.1, 14.3.2."""

import json
import re

import pytest

from harness import PASSWORD, bearer
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone, signed_in
from vestibule.routes import ROUTES

SAFE = {"GET", "HEAD", "OPTIONS"}
HTTPS = {"PUBLIC_URL": "https://id.example.com"}


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "session_01k00000000000000000000000", path)


class TestRotation:
    """Case 75; ASVS 7.2.4: whatever proves somebody anew gives a new secret, and the old one is dead."""

    @pytest.mark.parametrize("action", ["sign-in", "password", "step-up"])
    async def test_a_proof_changes_the_cookie(self, vestibule, action):
        browser = vestibule.browser()
        await browser.register()
        before = browser.http.cookies["vestibule_session"]
        if action == "sign-in":
            await browser.sign_in()
        elif action == "password":
            await browser.post(
                "/api/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
            )
        else:
            vestibule.clock.advance(11 * 60_000_000)
            asked = (await browser.post("/api/account/totp")).json()
            assert asked["code"] == "reauth_required"
            await browser.step(asked, "password", password=PASSWORD)
        after = browser.http.cookies["vestibule_session"]
        assert after != before
        assert (await vestibule.get("/api/session", Cookie=f"vestibule_session={before}")).json()["user"] is None
        assert (await browser.whoami())["username"] == "alice"


# OAuth's endpoints take forms: they want a client's secret, and a cookie does not help (below).
FORMS = [r for r in ROUTES if r.form]
CHANGING = [r for r in ROUTES if r.method not in SAFE and not r.form]
# What a body authorises by itself is walked in test_what_authorises.py: there the cookie merely travels along.
BY_COOKIE = [r for r in CHANGING if r.guard is signed_in or AuthorisedBy.CSRF_TOKEN in r.authorised_by]


class TestForgery:
    """Cases 79, 81, 99; ASVS 3.5.1 to 3.5.3."""

    @pytest.mark.parametrize(
        "media_type",
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "text/plain;application/json"],
    )
    @pytest.mark.parametrize("path", [r.path for r in ROUTES if r.method == "POST" and r.body and not r.form])
    async def test_what_a_form_can_send_is_refused_everywhere(self, vestibule, path, media_type):
        headers = {"Content-Type": media_type} if media_type else {}
        answer = await vestibule.http.post(concrete(path), content=b"{}", headers=headers)
        assert answer.status_code in (401, 415)

    @pytest.mark.parametrize("route", FORMS, ids=lambda r: r.path)
    async def test_what_takes_a_form_wants_more_than_a_cookie(self, vestibule, route):
        browser = vestibule.browser()
        await browser.register()
        cookie = f"vestibule_session={browser.http.cookies['vestibule_session']}"
        tokens = (await vestibule.log_in()).json()
        for token in (cookie.partition("=")[2], tokens["accessToken"], tokens["refreshToken"]):
            by_cookie = await vestibule.http.post(route.path, data={"token": token}, headers={"Cookie": cookie})
            assert (by_cookie.status_code, by_cookie.json()["code"]) == (401, "invalid_client")
            by_nobody = await vestibule.http.post(route.path, data={"token": token})
            assert (by_nobody.status_code, by_nobody.json()["code"]) == (401, "invalid_client")
        assert (await browser.whoami())["username"] == "alice"
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 200

    @pytest.mark.parametrize("route", BY_COOKIE, ids=lambda r: f"{r.method} {r.path}")
    async def test_a_cookie_alone_changes_nothing(self, vestibule, route):
        """Every route that changes something wants the token when a cookie says who is asking."""
        browser = vestibule.browser()
        await browser.register()
        cookie = f"vestibule_session={browser.http.cookies['vestibule_session']}"
        for headers in (
            {},
            {"XSRF-Token": "0" * 32 + ".x"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "https://evil.example"},
        ):
            answer = await vestibule.http.request(
                route.method, concrete(route.path), json={}, headers={"Cookie": cookie, **headers}
            )
            assert answer.status_code in (403, 404), headers
            if answer.status_code == 403:
                assert answer.json()["code"] in ("csrf_failed", "origin_not_allowed")
        assert (await browser.whoami()) is not None

    async def test_an_attacker_s_token_is_of_no_use_to_a_victim_s_session(self, vestibule):
        attacker, victim = vestibule.browser(), vestibule.browser()
        await attacker.register("mallory")
        await victim.register("alice")
        stolen = attacker.http.cookies["XSRF-TOKEN"]
        answer = await victim.http.request("DELETE", "/api/session", headers={"XSRF-Token": stolen})
        assert answer.json()["code"] == "csrf_failed"

    async def test_a_token_from_before_sign_in_is_dead_after_it(self, vestibule):
        browser = vestibule.browser()
        early = await browser.csrf()
        await browser.register()
        answer = await browser.http.request("DELETE", "/api/session", headers={"XSRF-Token": early})
        assert answer.json()["code"] == "csrf_failed"

    @pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=lambda r: r.path)
    async def test_reading_changes_nothing(self, vestibule, route):
        """ASVS 3.5.3: GET is safe, but for the note that somebody was here, or took their data along."""
        browser = vestibule.browser()
        await browser.register()
        await browser.get("/dev/mailbox.json")
        tables = ("users", "credentials", "one_time_codes", "refresh_tokens", "trusted_devices")
        before = [await vestibule.rows(f"SELECT count(*) AS n FROM {table}") for table in tables]
        await browser.get(concrete(route.path))
        after = [await vestibule.rows(f"SELECT count(*) AS n FROM {table}") for table in tables]
        assert [rows[0]["n"] for rows in before] == [rows[0]["n"] for rows in after]


class TestCookies:
    """Cases 83, 85; ASVS 3.3.1 to 3.3.5."""

    async def test_each_has_its_attributes_over_https(self, start):
        async with start(**HTTPS) as vestibule:
            browser = vestibule.browser()
            lines = (await browser.register()).headers.get_list("set-cookie")
            lines += (await vestibule.log_in(tokenDelivery="cookie")).headers.get_list("set-cookie")
            lines += (await browser.get("/api/csrf/restore")).headers.get_list("set-cookie")
            assert len(lines) >= 5
            for line in lines:
                name = line.partition("=")[0]
                assert "Secure" in line
                assert len(line) < 4096
                assert "SameSite=" in line
                assert "Domain=" not in line
                if name != "XSRF-TOKEN":
                    assert name.startswith(("__Host-", "__Secure-"))
                    assert "HttpOnly" in line

    async def test_no_secret_of_a_cookie_stands_in_a_body(self, vestibule):
        browser = vestibule.browser()
        answer = await browser.register()
        assert browser.http.cookies["vestibule_session"] not in answer.text

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "x",
            "vst_ses_",
            "vst_ses_" + "a" * 49,
            "%00",
            "a=b=c",
            "A" * 20_000,
            "\u00e9",
            '"quoted"',
            "null",
            "undefined",
            "{}",
        ],
    )
    @pytest.mark.parametrize("path", ["/api/account", "/api/sessions", "/api/auth/profile"])
    async def test_a_malformed_one_is_nobody_s(self, vestibule, path, value):
        await vestibule.register()
        answer = await vestibule.http.get(
            path, headers={"Cookie": f"vestibule_session={value}".encode("latin-1", "replace")}
        )
        assert answer.status_code == 401

    async def test_a_name_that_comes_twice_counts_for_nothing_in_either_order(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        secret = browser.http.cookies["vestibule_session"]
        for header in (
            f"vestibule_session={secret}; vestibule_session=x",
            f"vestibule_session=x; vestibule_session={secret}",
        ):
            assert (await vestibule.get("/api/account", Cookie=header)).status_code == 401


class TestEndings:
    """Cases 77, 87; ASVS 7.4.1, 7.4.2."""

    async def test_sign_out_kills_what_was_handed_out(self, vestibule):
        tokens = await vestibule.signed_in()
        answer = await vestibule.post("/api/auth/logout", **bearer(tokens))
        assert "cache" in answer.headers["clear-site-data"]
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        assert (await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).status_code == 401

    @pytest.mark.parametrize("ending", ["disable", "delete"])
    async def test_disabling_and_deleting_end_everything_at_once(self, vestibule, ending):
        browser = vestibule.browser()
        await browser.register()
        tokens = (await vestibule.log_in()).json()
        token = await vestibule.reset_token()
        users = vestibule.services.accounts.administration
        await getattr(users, ending)(await users.find("alice"))
        assert await browser.whoami() is None
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        assert (await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).status_code == 401
        reset = await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert reset.status_code == 400

    async def test_idle_and_absolute_times_are_the_server_s(self, vestibule):
        """ASVS 7.3.1, 7.3.2, 10.4.8."""
        day = 24 * 3600 * 1_000_000
        browser, idle = vestibule.browser(), vestibule.browser()
        await browser.register()
        await idle.sign_in()
        tokens = (await vestibule.log_in()).json()
        for _ in range(5):
            vestibule.clock.advance(6 * day)
            refreshed = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
            tokens = refreshed.json() if refreshed.status_code == 200 else tokens
            alive = await browser.whoami()
        assert alive is None
        assert refreshed.status_code == 401
        assert await idle.whoami() is None


class TestHeaders:
    """ASVS 3.2.1, 3.4.1 to 3.4.8, 14.3.2: on every answer, whatever it is."""

    @pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
    async def test_stand_on_every_answer(self, start, sqlite_url, tmp_path, route):
        from harness import running

        async with running(sqlite_url, tmp_path, **HTTPS) as vestibule:
            answer = await vestibule.http.request(route.method, concrete(route.path))
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert int(re.search(r"max-age=(\d+)", headers["strict-transport-security"])[1]) >= 31_536_000
            assert "includeSubDomains" in headers["strict-transport-security"]
            assert headers["cross-origin-opener-policy"] == "same-origin"
            policy = headers["content-security-policy"]
            assert "object-src 'none'" in policy or "default-src 'none'" in policy
            if not route.path.startswith("/.well-known") and route.guard is not anyone:
                assert headers["cache-control"] == "no-store"
            assert "server" not in headers

    @pytest.mark.parametrize(
        "path", ["/account/x.css", "/api/account/x.css", "/api/session.json", "/api/account%2fx.css"]
    )
    async def test_nothing_personal_is_served_under_a_name_that_caches_keep(self, vestibule, path):
        """Case 95; ASVS 14.2.5."""
        browser = vestibule.browser()
        await browser.register()
        assert (await browser.get(path)).status_code in (400, 404)

    async def test_discovery_is_made_of_the_configuration(self, vestibule):
        for path in ("/.well-known/passkey-endpoints", "/api/config", "/.well-known/change-password"):
            answer = await vestibule.get(path, **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"})
            assert "evil" not in answer.text + str(answer.headers)


_PRIVATE = [route for route in ROUTES if route.guard is not anyone and not route.path.startswith(("/dev", "/hello"))]


class TestEveryRoute:
    """Cases 101, 188; ASVS 6.1.3, 6.3.4, 8.2.1, 8.3.1."""

    @pytest.mark.parametrize("route", _PRIVATE, ids=lambda r: f"{r.method} {r.path}")
    async def test_that_is_guarded_refuses_strangers_and_half_sessions(self, vestibule, route):
        await vestibule.with_app()
        half, refused = await vestibule.half_signed_in()
        secret = refused.get("attempt", {}).get("secret", "")
        for headers in (
            {}, {"Cookie": "; ".join(f"{k}={v}" for k, v in half.http.cookies.items())},
            {"Authorization": f"Bearer {secret or 'x'}"}, {"Cookie": f"vestibule_session={refused['attempt']['id']}"},
        ):  # fmt: skip
            answer = await vestibule.http.request(route.method, concrete(route.path), headers=headers)
            assert answer.status_code in (401, 403), headers

    def test_that_signs_in_is_in_the_list(self):
        """Every way to a session: this list, docs/sign-in.md and the site map agree."""
        from vestibule.domain.errors import InvalidCredentials, MfaRequired

        ways = {
            route.path
            for route in ROUTES
            if {InvalidCredentials, MfaRequired} & set(route.errors) or AuthorisedBy.CSRF_TOKEN in route.authorised_by
        }
        assert ways in ({"/api/session", "/api/users", "/api/auth/login", "/api/login/{attempt}/steps", "/api/registration/{attempt}"}, {"/api/session", "/api/users", "/api/auth/login", "/api/login/{attempt}/steps"})  # fmt: skip


class TestStoredText:
    async def test_markup_in_a_profile_comes_back_as_json_and_nothing_else(self, vestibule):
        """Case 97."""
        tokens = await vestibule.signed_in()
        name = "<script>alert(1)</script>"
        await vestibule.http.patch("/api/account", json={"name": name}, headers=bearer(tokens))
        answer = await vestibule.get("/api/account", **bearer(tokens))
        assert answer.headers["content-type"].startswith("application/json")
        assert json.loads(answer.text)["user"]["name"] == name

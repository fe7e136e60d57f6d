"""What Vestibule refuses, it refuses at every profile's routes, and counts together: limits, blocklist, lockout, CSRF,
revocation; and the audit log has it all.
"""

import pytest
from modes import LIST, chosen

from harness import PASSWORD, bearer

COMMON, OTHER = "Password123", "quiet green lantern"
SIGN_INS = {
    "auth-flow": ("/api/auth/login", "email"),
    "express-guide": ("/api/session", "credential"),
    "auth-service": ("/api/v1/auth/login", "email"),
}
REGISTRATIONS = {
    "auth-flow": ("/api/auth/register", {"username": "Sriya T"}),
    "express-guide": ("/api/users", {"username": "sriya2", "firstName": "Sriya", "lastName": "Talwar"}),
    "auth-service": ("/api/v1/auth/signup", {"name": "Sriya T"}),
}
profiles = pytest.mark.parametrize("profile", SIGN_INS)


@pytest.fixture
def every(start):
    """Starts a system with every profile, and settings of the test's own."""
    return lambda **settings: start(**chosen(LIST), **settings)


async def sign_in(browser, profile, name="alice", password=PASSWORD):
    path, field = SIGN_INS[profile]
    return await browser.post(path, {field: f"{name}@example.com", "password": password})


async def register(browser, profile, email="", password=PASSWORD):
    path, members = REGISTRATIONS[profile]
    return await browser.post(path, members | {"email": email or f"{profile}@example.com", "password": password})


async def reset_token(vestibule, email="alice@example.com"):
    await vestibule.post("/api/auth/forgot-password", {"userEmail": email})
    (link, *_) = (await vestibule.mails(email, "Reset your password"))[0]["links"]
    return link.rpartition("/")[2]


class TestLimits:
    @profiles
    async def test_of_registrations_count_those_of_every_profile(self, every, profile):
        async with every(LIMIT_REGISTRATION="2/1h") as vestibule:
            for other in set(REGISTRATIONS) - {profile}:
                assert (await register(vestibule.browser(), other)).is_success
            refused = await register(vestibule.browser(), profile)
            assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
            assert "Too many" in refused.json()["message"]
            assert int(refused.headers["retry-after"]) > 0

    @profiles
    async def test_of_sign_ins_count_those_of_every_profile(self, every, profile):
        async with every(LIMIT_LOGIN_ADDRESS="2/1h") as vestibule:
            for other in set(SIGN_INS) - {profile}:
                await sign_in(vestibule.browser(), other)
            assert (await sign_in(vestibule.browser(), profile)).status_code == 429

    @profiles
    async def test_failures_at_every_route_lock_the_account_at_each(self, every, profile):
        async with every() as vestibule:
            await vestibule.register()
            for number in range(10):
                other = list(SIGN_INS)[number % 3]
                assert (await sign_in(vestibule.browser(), other, password="not the password")).status_code < 429
            refused = await sign_in(vestibule.browser(), profile)
            assert refused.status_code == 429
            assert refused.headers["retry-after"]


class TestPasswords:
    @profiles
    async def test_that_attackers_try_first_register_nobody(self, every, profile):
        async with every() as vestibule:
            refused = await register(vestibule.browser(), profile, password=COMMON)
            assert refused.status_code in {400, 422}
            assert "one of the first that attackers try" in refused.json()["message"] + str(refused.json()["errors"])
            assert await vestibule.rows("SELECT id FROM users") == []

    @pytest.mark.parametrize("path", ["/api/auth/reset-password", "/api/v1/password/reset"])
    async def test_of_a_reset_are_checked_and_the_link_stays_good(self, every, path):
        async with every() as vestibule:
            await vestibule.register()
            token = await reset_token(vestibule)
            for password, accepted in ((COMMON, False), (OTHER, True), (OTHER, False)):
                body = {"token": token, "password": password}
                if "v1" in path:
                    body |= {"email": "alice@example.com", "confirmPassword": password}
                assert (await vestibule.post(path, body)).is_success is accepted
            assert (await vestibule.log_in(password=OTHER)).is_success


class TestSecondFactor:
    @profiles
    async def test_is_asked_for_at_every_route_and_the_message_says_where(self, every, profile):
        async with every() as vestibule:
            await vestibule.with_app()
            refused = await sign_in(vestibule.browser(), profile)
            assert (refused.status_code in {400, 401}, refused.json()["code"]) == (True, "mfa_required")
            assert vestibule.base_url in refused.json()["message"]
            assert "vst_ref_" not in refused.text


class TestOtherSites:
    @pytest.mark.parametrize("path", ["/api/session", "/api/users"])
    async def test_need_a_token_where_a_cookie_is_set(self, every, path):
        async with every() as vestibule:
            browser = vestibule.browser()
            await browser.csrf()
            refused = await browser.http.post(path, json={"credential": "alice", "password": PASSWORD})
            assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
            assert isinstance(refused.json()["errors"], list)

    async def test_are_not_looked_for_where_the_body_has_the_credentials(self, every):
        """axios sends the cookie XSRF-TOKEN back by itself, stale or not; the session cookie comes along on one host."""
        async with every() as vestibule:
            browser = vestibule.browser()
            assert (await browser.register()).is_success
            body, headers = {"email": "alice@example.com", "password": PASSWORD}, {"X-XSRF-TOKEN": "stale"}
            answer = await browser.http.post("/api/auth/login", json=body, headers=headers)
            assert answer.status_code == 200
            asked = await browser.http.post(
                "/api/auth/forgot-password", json={"userEmail": body["email"]}, headers=headers
            )
            assert asked.status_code == 200

    @profiles
    async def test_cannot_send_a_form(self, every, profile):
        async with every() as vestibule:
            await vestibule.register()
            browser, (path, field) = vestibule.browser(), SIGN_INS[profile]
            headers = {"XSRF-Token": await browser.csrf()}
            body = {field: "alice@example.com", "password": PASSWORD}
            refused = await browser.http.post(path, data=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_media_type")


class TestRevocation:
    async def test_ends_the_sessions_of_every_profile_at_once(self, every):
        async with every() as vestibule:
            await vestibule.register()
            browser = vestibule.browser()
            flow, service = [(await sign_in(vestibule, name)).json() for name in ("auth-flow", "auth-service")]
            assert (await sign_in(browser, "express-guide")).is_success
            tokens = service["data"]
            mine = f"/api/v1/user-session/all?userId={tokens['user']['id']}"
            assert len((await vestibule.get(mine, **bearer(tokens))).json()["data"]) == 3

            assert (await vestibule.http.delete("/api/sessions?all=true", headers=bearer(flow))).is_success

            assert (await vestibule.get("/api/auth/profile", **bearer(flow))).status_code == 401
            assert (await vestibule.get(mine, **bearer(tokens))).status_code == 401
            assert await browser.whoami() is None
            renewed = await vestibule.post("/api/auth/token/refresh", {"refresh_token": flow["refreshToken"]})
            assert 400 <= renewed.status_code < 500
            ids = {"userId": tokens["user"]["id"], "sessionId": tokens["sessionId"], "deviceId": tokens["deviceId"]}
            path = "/api/v1/user-session/get-access-token"
            renewed = await vestibule.post(path, ids | {"refreshToken": tokens["refreshToken"]})
            assert renewed.status_code == 400

    async def test_a_refresh_token_that_is_used_twice_ends_its_session_at_each_route(self, every):
        async with every() as vestibule:
            await vestibule.register()
            tokens = (await sign_in(vestibule, "auth-flow")).json()
            body = {"refresh_token": tokens["user"]["refresh_token"]}
            renewed = (await vestibule.post("/api/auth/token/refresh", body)).json()["newAccess_token"]
            assert (await vestibule.get("/api/auth/profile", Authorization=f"Bearer {renewed['token']}")).is_success
            vestibule.clock.advance(11_000_000)
            assert (await vestibule.post("/api/auth/token/refresh", body)).status_code == 401
            shown = await vestibule.get("/api/auth/profile", Authorization=f"Bearer {renewed['token']}")
            assert shown.status_code == 401


class TestAudit:
    @profiles
    async def test_has_what_happened(self, every, profile):
        async with every() as vestibule:
            browser, email = vestibule.browser(), "sriya@example.com"
            assert (await register(browser, profile, email)).is_success
            await sign_in(vestibule.browser(), profile, "sriya", "not the password")
            assert (await sign_in(vestibule.browser(), profile, "sriya")).is_success
            rows = await vestibule.rows("SELECT action FROM audit_events ORDER BY id")
            actions = [row["action"] for row in rows]
            assert actions[0] == "user.registered"
            assert actions[-2:] == ["login.failed", "login.succeeded"]

"""The two endpoints that every sign-in method shares: what they count, what they refuse, what they tell."""

import pytest

from harness import PASSWORD


class TestLimits:
    async def test_a_proof_counts_as_a_sign_in_and_asking_does_not(self, start):
        async with start(LIMIT_LOGIN_ADDRESS="3/15m") as vestibule:
            await vestibule.register()
            browser = vestibule.browser()
            answers = []
            for _ in range(4):
                begun = await browser.begin()
                assert (await browser.step(begun, "passkey")).status_code == 200
                assert (await browser.step(begun, "email_link")).json()["status"] == "waiting"
                answers.append((await browser.step(begun, "password", password="a wrong one")).status_code)
            assert answers == [401, 401, 401, 429]
            assert (await vestibule.log_in()).status_code == 429

    async def test_beginning_is_limited_too(self, start):
        async with start(LIMIT_STEPS="5/15m") as vestibule:
            browser = vestibule.browser()
            answers = [(await browser.post("/api/login", {})).status_code for _ in range(6)]
            assert answers == [200] * 5 + [429]


class TestCsrf:
    async def test_the_cookie_door_needs_the_token_from_the_first_request_on(self, vestibule):
        await vestibule.register()
        browser = vestibule.browser()
        await browser.csrf()
        refused = await browser.http.post("/api/login", json={"identifier": "alice"})
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
        begun = await browser.begin()
        path = f"/api/login/{begun['attempt']['id']}/steps"
        step = {"method": "password", "password": PASSWORD}
        refused = await browser.http.post(path, json=step)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
        refused = await browser.http.post("/api/registration", json={"username": "bobby", "email": "b@example.com"})
        assert refused.json()["code"] == "csrf_failed"
        assert await browser.whoami() is None

    async def test_another_browsers_token_is_none(self, vestibule):
        await vestibule.register()
        browser, mallory = vestibule.browser(), vestibule.browser()
        begun, token = await browser.begin(), await mallory.csrf()
        path = f"/api/login/{begun['attempt']['id']}/steps"
        step = {"method": "password", "password": PASSWORD}
        refused = await browser.http.post(path, json=step, headers={"XSRF-Token": token})
        assert refused.json()["code"] == "csrf_failed"

    async def test_a_page_of_another_site_begins_nothing(self, vestibule):
        for path in ("/api/login", "/api/login/links", "/api/account/undo-email"):
            refused = await vestibule.post(path, {"sessionType": "token"}, Origin="https://evil.example")
            assert refused.json()["code"] == "origin_not_allowed"

    async def test_the_token_door_needs_none(self, vestibule):
        assert (await vestibule.post("/api/login", {"sessionType": "token"})).status_code == 200


class TestTellingNothing:
    @pytest.mark.parametrize("state", ["known", "unknown", "disabled", "unverified", "two steps", "no password"])
    async def test_the_first_answer_is_the_same_for_every_account(self, vestibule, state):
        browser = vestibule.browser()
        if state != "unknown":
            await browser.register()
            if state != "unverified":
                await vestibule.verify()
        if state == "disabled":
            await vestibule.services.accounts.administration.disable(
                await vestibule.services.accounts.administration.find("alice")
            )
        if state == "two steps":
            await browser.add_totp(vestibule.clock)
        if state == "no password":
            await vestibule.run("UPDATE users SET password_hash = NULL")
        stranger = vestibule.browser()
        await stranger.csrf()
        answer = await stranger.post("/api/login", {"identifier": "alice"})
        body = answer.json()
        body["attempt"] = sorted(body["attempt"])
        body["steps"][0]["options"]["publicKey"]["challenge"] = "…"
        assert body == {
            "status": "needs_step",
            "attempt": ["expiresAt", "id"],
            "steps": [
                {
                    "method": "passkey",
                    "options": {
                        "publicKey": {
                            "challenge": "…",
                            "rpId": "localhost",
                            "timeout": 300_000,
                            "userVerification": "required",
                            "allowCredentials": [],
                        }
                    },
                },
                {"method": "password", "options": {}},
                {"method": "email_code", "options": {}},
                {"method": "email_link", "options": {}},
            ],
        }
        assert "set-cookie" not in answer.headers
        wrong = await stranger.step({"attempt": {"id": answer.json()["attempt"]["id"]}}, "password", password="x" * 9)
        assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"sessionType": "window"}, "sessionType"),
            ({"identifier": 5}, "identifier"),
            ({"identifier": "x" * 400}, "identifier"),
            ({"identifer": "alice"}, "identifer"),
            ({"tokenDelivery": "pigeon"}, "tokenDelivery"),
        ],
    )
    async def test_of_the_beginning_names_its_field(self, vestibule, body, field):
        refused = await vestibule.post("/api/login", body)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, [field])

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"method": "password"}, "password"),
            ({"method": "password", "password": "x", "code": "1"}, "code"),
            ({"method": "passkey", "credential": "x"}, "credential"),
            ({"method": "recovery_code", "code": "x" * 100}, "code"),
            ({"method": "totp", "code": "123456", "rememberDevice": "yes"}, "rememberDevice"),
        ],
    )
    async def test_of_a_step_names_its_field(self, vestibule, body, field):
        begun = (await vestibule.post("/api/login", {"sessionType": "token"})).json()["attempt"]
        refused = await vestibule.post(f"/api/login/{begun['id']}/steps", {**body, "secret": begun["secret"]})
        assert (refused.status_code, list(refused.json()["errors"])) == (422, [field])

    @pytest.mark.parametrize("attempt", ["x", "attempt_01k", "%00", "..", "a" * 3000])
    async def test_an_attempt_that_is_none_is_refused(self, vestibule, attempt):
        body = {"method": "password", "password": "x", "secret": "vst_att_x"}
        refused = await vestibule.post(f"/api/login/{attempt}/steps", body)
        assert refused.status_code in (400, 401, 404, 405, 414)

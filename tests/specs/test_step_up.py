"""Sensitive changes ask again who it is, ten minutes after the last proof."""

import pytest

from authenticator import Authenticator
from harness import PASSWORD, bearer, code_of, options_of

SECOND = 1_000_000
MINUTE = 60 * SECOND
STEP = 30 * SECOND
SENSITIVE = [
    ("POST", "/api/account/passkeys/options", None),
    ("POST", "/api/account/passkeys", {"ceremony": "x", "credential": {}}),
    ("DELETE", "/api/account/passkeys/x", None),
    ("POST", "/api/account/totp", None),
    ("POST", "/api/account/totp/x", {"code": "123456"}),
    ("DELETE", "/api/account/totp", None),
    ("POST", "/api/account/recovery-codes", None),
    ("PUT", "/api/account/second-factor", {"required": True}),
    ("DELETE", "/api/account/password", None),
    ("DELETE", "/api/account", None),
    ("GET", "/api/account/export", None),
    ("PATCH", "/api/account", {"email": "new@example.com"}),
    ("POST", "/api/auth/change-password", {"newPassword": "quiet green lantern"}),
]


@pytest.fixture
async def alice(vestibule):
    """Alice's browser, eleven minutes after she signed in."""
    browser = vestibule.browser()
    await browser.register()
    await vestibule.verify()
    vestibule.clock.advance(11 * MINUTE)
    return browser


class TestOldProof:
    @pytest.mark.parametrize(("method", "path", "body"), SENSITIVE, ids=[f"{m} {p}" for m, p, _ in SENSITIVE])
    async def test_is_not_enough_and_the_answer_names_the_attempt_to_run(self, vestibule, alice, method, path, body):
        refused = await alice.send(method, path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "reauth_required")
        assert refused.json()["attempt"]["methods"] == ["password"]

    async def test_what_is_not_sensitive_goes_on(self, vestibule, alice):
        assert (await alice.send("PATCH", "/api/account", {"name": "Alice"})).status_code == 200
        assert (await alice.get("/api/account/methods")).status_code == 200

    async def test_a_password_in_the_request_is_a_proof_of_its_own(self, vestibule, alice):
        body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
        assert (await alice.post("/api/auth/change-password", body)).status_code == 200


class TestSteppingUp:
    async def test_lets_the_change_through_and_gives_the_session_a_new_secret(self, vestibule, alice):
        refused = (await alice.post("/api/account/totp")).json()
        before = alice.http.cookies["vestibule_session"]
        done = await alice.step(refused, "password", password=PASSWORD)
        assert (done.status_code, done.json()["status"]) == (200, "signed_in")
        assert (await alice.post("/api/account/totp")).status_code == 200
        after = alice.http.cookies["vestibule_session"]
        assert after != before
        thief = vestibule.browser()
        thief.http.cookies.set("vestibule_session", before)
        assert await thief.whoami() is None
        assert len(await vestibule.rows("SELECT 1 FROM sessions WHERE revoked_at IS NULL")) == 1

    async def test_works_at_the_token_door(self, vestibule):
        tokens = await vestibule.signed_in()
        vestibule.clock.advance(11 * MINUTE)
        refused = await vestibule.http.delete("/api/account", headers=bearer(tokens))
        assert refused.json()["code"] == "reauth_required"
        path = f"/api/login/{refused.json()['attempt']['id']}/steps"
        step = {"method": "password", "password": PASSWORD}
        assert (await vestibule.post(path, step, **bearer(tokens))).json()["status"] == "signed_in"
        assert (await vestibule.http.delete("/api/account", headers=bearer(tokens))).status_code == 200

    async def test_is_for_the_session_that_began_it_only(self, vestibule, alice):
        refused = (await alice.post("/api/account/totp")).json()
        other = vestibule.browser()
        await other.sign_in()
        stolen = await other.step(refused, "password", password=PASSWORD)
        assert stolen.json()["code"] == "invalid_attempt"
        assert (await alice.post("/api/account/totp")).json()["code"] == "reauth_required"

    async def test_the_same_attempt_is_given_again(self, vestibule, alice):
        first, second = [(await alice.post("/api/account/totp")).json()["attempt"]["id"] for _ in range(2)]
        assert first == second

    async def test_a_wrong_password_is_counted_and_changes_nothing(self, vestibule, alice):
        refused = (await alice.post("/api/account/totp")).json()
        wrong = await alice.step(refused, "password", password="a wrong one")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
        assert (await alice.post("/api/account/totp")).json()["code"] == "reauth_required"

    async def test_a_second_factor_is_asked_for_too(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        await vestibule.verify()
        seed, _ = await browser.add_totp(vestibule.clock)
        vestibule.clock.advance(11 * MINUTE)
        for body in (None, {"password": PASSWORD}):
            refused = (await browser.send("DELETE", "/api/account", body)).json()
            assert refused["code"] == "reauth_required"
        half = (await browser.step(refused, "password", password=PASSWORD)).json()
        assert [step["method"] for step in half["steps"]] == ["totp", "recovery_code"]
        assert (await browser.send("DELETE", "/api/account/totp")).json()["code"] == "reauth_required"
        done = await browser.step(half, "totp", code=code_of(seed, vestibule.clock))
        assert done.json()["status"] == "signed_in"
        assert (await browser.send("DELETE", "/api/account/totp")).status_code == 200

    async def test_a_passkey_that_verifies_is_enough_for_both(self, vestibule):
        browser, phone = vestibule.browser(), Authenticator()
        await browser.register()
        await vestibule.verify()
        await browser.add_passkey(phone)
        await browser.add_totp(vestibule.clock)
        vestibule.clock.advance(11 * MINUTE)
        refused = (await browser.send("DELETE", "/api/account/totp")).json()
        credential = phone.get(options_of(refused["attempt"], "passkey")["publicKey"])
        assert (await browser.step(refused, "passkey", credential=credential)).json()["status"] == "signed_in"
        assert (await browser.send("DELETE", "/api/account/totp")).status_code == 200

    async def test_the_window_is_the_operators(self, start):
        async with start(STEP_UP_WINDOW="1m") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            assert (await browser.post("/api/account/totp")).status_code == 200
            vestibule.clock.advance(61 * SECOND)
            assert (await browser.post("/api/account/totp")).status_code == 403

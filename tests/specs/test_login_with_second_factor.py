"""Two steps: authenticator app, recovery codes, security keys, and browsers that are trusted."""

import asyncio

import pytest

from authenticator import Authenticator
from harness import PASSWORD, bearer, code_of, options_of

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
STEP = 30 * SECOND


@pytest.fixture
async def alice(vestibule):
    return await vestibule.with_app()


class TestAuthenticatorApp:
    async def test_the_browser_door_wants_the_code_after_the_password(self, vestibule, alice):
        _, seed, _ = alice
        browser, half = await vestibule.half_signed_in()
        assert set(half["attempt"]["methods"]) == {"totp", "recovery_code", "factor_recovery"}
        assert await browser.whoami() is None
        done = await browser.step(half, "totp", code=code_of(seed, vestibule.clock))
        assert done.json()["status"] == "signed_in"
        assert (await browser.whoami())["username"] == "alice"
        session = (await vestibule.rows("SELECT amr, aal FROM sessions ORDER BY id DESC LIMIT 1"))[0]
        assert (session["amr"], session["aal"]) == ('["pwd", "otp", "mfa"]', 2)

    async def test_so_does_the_token_door(self, vestibule, alice):
        _, seed, _ = alice
        half = (await vestibule.log_in()).json()
        path = f"/api/login/{half['attempt']['id']}/steps"
        step = {"method": "totp", "code": code_of(seed, vestibule.clock)}
        assert (await vestibule.post(path, step)).status_code in (401, 403)
        done = (await vestibule.post(path, {**step, "secret": half["attempt"]["secret"]})).json()
        assert (await vestibule.get("/api/account", **bearer(done))).status_code == 200

    async def test_the_cookie_delivery_that_was_asked_for_is_kept(self, vestibule, alice):
        _, seed, _ = alice
        half = (await vestibule.log_in(tokenDelivery="cookie")).json()
        body = {"method": "totp", "code": code_of(seed, vestibule.clock), "secret": half["attempt"]["secret"]}
        done = await vestibule.post(f"/api/login/{half['attempt']['id']}/steps", body)
        assert "refreshToken" not in done.json()
        assert "vestibule_refresh=" in done.headers["set-cookie"]

    async def test_a_code_counts_once_in_every_attempt(self, vestibule, alice):
        _, seed, _ = alice
        code = code_of(seed, vestibule.clock)
        browser, half = await vestibule.half_signed_in()
        assert (await browser.step(half, "totp", code=code)).status_code == 200
        again, half = await vestibule.half_signed_in()
        assert (await again.step(half, "totp", code=code)).json()["code"] == "wrong_code"

    async def test_the_code_that_set_it_up_is_used_up(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        seed, _ = await browser.add_totp(vestibule.clock)
        other, half = await vestibule.half_signed_in()
        assert (await other.step(half, "totp", code=code_of(seed, vestibule.clock))).json()["code"] == "wrong_code"

    @pytest.mark.parametrize(("off", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    async def test_one_step_off_is_right_two_are_wrong(self, vestibule, alice, off, accepted):
        _, seed, _ = alice
        vestibule.clock.advance(10 * STEP)
        browser, half = await vestibule.half_signed_in()
        vestibule.clock.advance(off * STEP)
        code = code_of(seed, vestibule.clock)
        vestibule.clock.advance(-off * STEP)
        done = await browser.step(half, "totp", code=code)
        assert (done.status_code == 200) is accepted

    async def test_fifty_copies_of_one_code_have_one_winner(self, vestibule, alice):
        _, seed, _ = alice
        code = code_of(seed, vestibule.clock)
        browsers = [await vestibule.half_signed_in() for _ in range(5)]
        steps = [browser.step(half, "totp", code=code) for browser, half in browsers for _ in range(10)]
        answers = await asyncio.gather(*steps)
        assert sum(answer.status_code == 200 for answer in answers) == 1
        assert all(answer.status_code < 500 for answer in answers)

    @pytest.mark.parametrize(
        "code", [123456, ["000000", "123456"], True, None, "０００００", "12345a", "12345", "1234567", ""]
    )
    async def test_a_code_is_six_digits_and_nothing_else(self, vestibule, alice, code):
        browser, half = await vestibule.half_signed_in()
        refused = await browser.step(half, "totp", code=code)
        assert (refused.status_code, refused.json()["errors"].keys()) == (422, {"code"})

    async def test_guesses_are_counted_for_the_account_whatever_attempt_they_are_made_in(self, vestibule, alice):
        codes = []
        for _ in range(4):
            answer = (await vestibule.browser().sign_in()).json()
            if answer["code"] != "mfa_required":
                codes.append(answer["code"])
                break
            browser, half = await vestibule.half_signed_in()
            codes += [(await browser.step(half, "totp", code="000000")).json()["code"] for _ in range(4)]
        assert "rate_limited" in codes
        assert codes.count("wrong_code") < 10

    async def test_one_attempt_takes_a_bounded_number_of_proofs(self, start):
        async with start(LOGIN_ATTEMPT_STEPS="3", ACCOUNT_FAILURES="1000") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            seed, _ = await browser.add_totp(vestibule.clock)
            vestibule.clock.advance(STEP)
            other, half = await vestibule.half_signed_in()
            for _ in range(3):
                assert (await other.step(half, "totp", code="000000")).json()["code"] == "wrong_code"
            late = await other.step(half, "totp", code=code_of(seed, vestibule.clock))
            assert late.json()["code"] == "invalid_attempt"

    async def test_the_seed_is_sealed_and_leaves_no_other_trace(self, vestibule, alice):
        browser, seed, _ = alice
        for table in ("credentials", "login_attempts", "audit_events", "outbox"):
            for row in await vestibule.rows(f"SELECT * FROM {table}"):
                assert seed not in str(dict(row))
        for path in ("/api/account/methods", "/api/account/export", "/api/account/activity"):
            assert seed not in (await browser.get(path)).text

    async def test_removing_it_goes_back_to_one_step(self, vestibule, alice):
        browser, _, _ = alice
        assert (await browser.send("DELETE", "/api/account/totp")).status_code == 200
        assert (await vestibule.browser().sign_in()).status_code == 200
        assert (await browser.get("/api/account/methods")).json()["recoveryCodesLeft"] == 0
        assert await vestibule.mails("alice", "authenticator app was removed")

    async def test_a_wrong_first_code_changes_nothing_and_may_be_corrected(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        begun = (await browser.post("/api/account/totp")).json()
        assert begun["qr"].startswith("<svg")
        assert begun["uri"].startswith("otpauth://totp/Vestibule:alice%40example.com?secret=")
        path = f"/api/account/totp/{begun['ceremony']}"
        assert (await browser.post(path, {"code": "000000"})).json()["code"] == "wrong_code"
        assert (await vestibule.browser().sign_in()).status_code == 200
        code = code_of(begun["secret"], vestibule.clock)
        assert len((await browser.post(path, {"code": code})).json()["recoveryCodes"]) == 10


class TestHalfASession:
    async def test_opens_nothing(self, vestibule, alice):
        browser, half = await vestibule.half_signed_in()
        for path in ("/api/account", "/api/sessions", "/api/account/methods"):
            assert (await browser.get(path)).status_code == 401
        secret = browser.http.cookies["vestibule_presession"]
        tokens = (await vestibule.log_in()).json()["attempt"]
        for pretended in (secret, half["attempt"]["id"], tokens["secret"]):
            thief = vestibule.browser()
            thief.http.cookies.set("vestibule_session", pretended)
            assert await thief.whoami() is None
            assert (await vestibule.get("/api/account", Authorization=f"Bearer {pretended}")).status_code == 401

    async def test_goes_on_in_its_own_browser_in_any_number_of_tabs(self, vestibule, alice):
        _, seed, codes = alice
        browser, half = await vestibule.half_signed_in()
        other_tab = await browser.begin("somebody@example.com")
        stranger = vestibule.browser()
        await stranger.csrf()
        assert (await stranger.step(half, "recovery_code", code=codes[0])).json()["code"] == "invalid_attempt"
        assert (await browser.step(half, "totp", code=code_of(seed, vestibule.clock))).status_code == 200
        assert (await browser.step(other_tab, "password", password=PASSWORD)).json()["code"] == "invalid_attempt"

    async def test_somebody_signed_in_may_sign_in_as_somebody_else(self, vestibule, alice):
        browser, _, _ = alice
        await vestibule.register("bobby")
        answer = await browser.begin("bobby")
        assert (await browser.step(answer, "password", password=PASSWORD)).json()["status"] == "signed_in"
        assert (await browser.whoami())["username"] == "bobby"

    @pytest.mark.parametrize(
        "step",
        [
            {"method": "password", "password": PASSWORD},
            {"method": "passkey"},
            {"method": "totp_enrolment", "code": "123456"},
            {"method": "passkey_enrolment"},
            {"method": "skip_enrolment"},
            {"method": "email_link", "send": True},
        ],
        ids=lambda step: step["method"],
    )
    async def test_takes_no_step_that_was_not_offered(self, vestibule, alice, step):
        browser, half = await vestibule.half_signed_in()
        refused = await browser.post(f"/api/login/{half['attempt']['id']}/steps", step)
        assert (refused.status_code, refused.json()["code"]) == (409, "step_not_offered")
        assert await browser.whoami() is None

    @pytest.mark.parametrize("body", [{}, {"method": None}, {"method": "success"}, {"method": ["totp"]}])
    async def test_takes_no_odd_step(self, vestibule, alice, body):
        browser, half = await vestibule.half_signed_in()
        refused = await browser.post(f"/api/login/{half['attempt']['id']}/steps", body)
        assert (refused.status_code, refused.json()["errors"].keys()) == (422, {"method"})

    async def test_ends_with_a_change_of_the_password(self, vestibule, alice):
        _, seed, _ = alice
        browser, half = await vestibule.half_signed_in()
        token = await vestibule.reset_token()
        await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        late = await browser.step(half, "totp", code=code_of(seed, vestibule.clock))
        assert late.json()["code"] == "invalid_attempt"

    async def test_ends_after_ten_minutes(self, vestibule, alice):
        _, seed, _ = alice
        browser, half = await vestibule.half_signed_in()
        vestibule.clock.advance(10 * MINUTE)
        late = await browser.step(half, "totp", code=code_of(seed, vestibule.clock))
        assert late.json()["code"] == "invalid_attempt"

    async def test_a_reset_signs_nobody_in_and_leaves_the_second_factor(self, vestibule, alice):
        token = await vestibule.reset_token()
        body = {"token": token, "password": "quiet green lantern"}
        done = await vestibule.post("/api/auth/reset-password", body)
        assert "set-cookie" not in done.headers
        refused = await vestibule.log_in(password="quiet green lantern")
        assert refused.json()["code"] == "mfa_required"


class TestRecoveryCodes:
    async def test_each_counts_once(self, vestibule, alice):
        browser, _, codes = alice
        assert len(set(codes)) == 10
        for typed in (codes[0], codes[1].upper().replace("-", " ")):
            other, half = await vestibule.half_signed_in()
            assert (await other.step(half, "recovery_code", code=typed)).json()["status"] == "signed_in"
        other, half = await vestibule.half_signed_in()
        assert (await other.step(half, "recovery_code", code=codes[0])).json()["code"] == "wrong_code"
        assert (await browser.get("/api/account/methods")).json()["recoveryCodesLeft"] == 8
        assert "Codes left: 8" in (await vestibule.mails("alice", "recovery code was used"))[0]["text"]

    async def test_twenty_copies_of_one_have_one_winner(self, vestibule, alice):
        _, _, codes = alice
        browsers = [await vestibule.half_signed_in() for _ in range(5)]
        answers = await asyncio.gather(
            *(browser.step(half, "recovery_code", code=codes[3]) for browser, half in browsers for _ in range(4))
        )
        assert sum(answer.status_code == 200 for answer in answers) == 1

    async def test_new_ones_make_the_old_ones_worthless(self, vestibule, alice):
        browser, _, codes = alice
        made = (await browser.post("/api/account/recovery-codes")).json()["recoveryCodes"]
        assert not set(made) & set(codes)
        other, half = await vestibule.half_signed_in()
        assert (await other.step(half, "recovery_code", code=codes[0])).json()["code"] == "wrong_code"
        assert (await other.step(half, "recovery_code", code=made[0])).json()["status"] == "signed_in"

    async def test_they_are_hashed_slowly_and_shown_once(self, vestibule, alice):
        browser, _, codes = alice
        rows = await vestibule.rows("SELECT secret FROM credentials WHERE kind = 'recovery_code'")
        assert all(row["secret"].startswith("$argon2id$") for row in rows)
        for path in ("/api/account/methods", "/api/account/export", "/api/account/activity"):
            text = (await browser.get(path)).text
            assert not any(code in text for code in codes)

    async def test_another_users_code_is_wrong(self, vestibule, alice):
        _, _, codes = alice
        mallory = vestibule.browser()
        await mallory.register("mallory")
        await mallory.add_totp(vestibule.clock)
        other = vestibule.browser()
        half = (await other.sign_in("mallory")).json()
        assert (await other.step(half, "recovery_code", code=codes[0])).json()["code"] == "wrong_code"


class TestSecurityKey:
    async def test_stands_beside_the_password_when_its_owner_wants_it(self, vestibule):
        browser, key = vestibule.browser(), Authenticator(verifies=False)
        await browser.register()
        await browser.add_passkey(key, "Key")
        assert (await vestibule.browser().sign_in()).status_code == 200
        assert (await browser.send("PUT", "/api/account/second-factor", {"required": True})).status_code == 200
        other, half = await vestibule.half_signed_in()
        options = options_of(half["attempt"], "passkey")["publicKey"]
        assert [found["id"] for found in options["allowCredentials"]] == list(key.keys)
        done = await other.step(half, "passkey", credential=key.get(options))
        assert done.json()["status"] == "signed_in"

    async def test_another_users_key_does_not(self, vestibule):
        keys = {}
        for name in ("alice", "mallory"):
            browser, keys[name] = vestibule.browser(), Authenticator()
            await browser.register(name)
            await browser.add_passkey(keys[name])
            await browser.send("PUT", "/api/account/second-factor", {"required": True})
        other, half = await vestibule.half_signed_in()
        options = options_of(half["attempt"], "passkey")["publicKey"]
        forged = keys["mallory"].get(options, credential=next(iter(keys["mallory"].keys)))
        assert (await other.step(half, "passkey", credential=forged)).json()["code"] == "passkey_refused"
        assert await other.whoami() is None

    async def test_needs_something_to_ask_for(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        refused = await browser.send("PUT", "/api/account/second-factor", {"required": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")

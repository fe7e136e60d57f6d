"""A second factor that the operator demands, of everybody or of a role, at once or from a date on."""

from authenticator import Authenticator
from harness import bearer, code_of, options_of

DAY = 24 * 60 * 60_000_000
STEP = 30_000_000


class TestDemandedByTheOperator:
    async def test_everybody_sets_one_up_on_the_way_in(self, start):
        async with start(MFA="required") as vestibule:
            await vestibule.register()
            browser, half = await vestibule.half_signed_in()
            assert half["attempt"]["methods"] == ["passkey_enrolment", "totp_enrolment"]
            seed = options_of(half["attempt"], "totp_enrolment")["secret"]
            assert (await browser.step(half, "totp_enrolment", code="000000")).json()["code"] == "wrong_code"
            done = await browser.step(half, "totp_enrolment", code=code_of(seed, vestibule.clock))
            assert done.json()["status"] == "signed_in"
            assert (await vestibule.rows("SELECT aal FROM sessions"))[0]["aal"] == 2
            vestibule.clock.advance(STEP)
            again, half = await vestibule.half_signed_in()
            assert (await again.step(half, "totp", code=code_of(seed, vestibule.clock))).status_code == 200

    async def test_or_makes_a_passkey(self, start):
        async with start(MFA="required") as vestibule:
            await vestibule.register()
            browser, half = await vestibule.half_signed_in()
            made = Authenticator().create(options_of(half["attempt"], "passkey_enrolment")["publicKey"])
            done = await browser.step(half, "passkey_enrolment", credential=made)
            assert done.json()["status"] == "signed_in"

    async def test_without_a_password_beside_it_the_passkey_has_to_be_two_factors_itself(self, start):
        async with start(MFA="required") as vestibule:
            await vestibule.register()
            await vestibule.verify()
            browser = vestibule.browser()
            answer = await browser.begin()
            await browser.step(answer, "email_code")
            code = (await vestibule.mails("alice", "Sign in"))[0]["codes"][0]
            half = (await browser.step(answer, "email_code", code=code)).json()
            assert [step["method"] for step in half["steps"]] == ["password", "passkey_enrolment"]
            options = options_of(half, "passkey_enrolment")["publicKey"]
            assert options["authenticatorSelection"]["userVerification"] == "required"
            weak = Authenticator(verifies=False).create(options)
            refused = await browser.step(half, "passkey_enrolment", credential=weak)
            assert refused.json()["code"] == "passkey_refused"
            strong = Authenticator().create(options)
            done = await browser.step(half, "passkey_enrolment", credential=strong)
            assert done.json()["status"] == "signed_in"

    async def test_registration_is_no_way_around_it(self, start):
        async with start(MFA="required") as vestibule:
            browser = vestibule.browser()
            registered = await browser.register()
            assert (registered.status_code, registered.json()["code"]) == (401, "mfa_required")
            assert await browser.whoami() is None
            assert await vestibule.rows("SELECT 1 FROM sessions") == []

    async def test_a_trusted_device_is_none_either(self, start):
        async with start(MFA="required") as vestibule:
            await vestibule.register()
            browser, half = await vestibule.half_signed_in()
            seed = options_of(half["attempt"], "totp_enrolment")["secret"]
            await browser.step(half, "totp_enrolment", code=code_of(seed, vestibule.clock), rememberDevice=True)
            await browser.send("DELETE", "/api/session")
            assert (await browser.sign_in()).json()["code"] == "mfa_required"

    async def test_it_may_be_put_off_until_the_date_and_no_longer(self, start):
        async with start(MFA="required", MFA_FROM="2099-01-31") as vestibule:
            await vestibule.register()
            browser, half = await vestibule.half_signed_in()
            assert "skip_enrolment" in half["attempt"]["methods"]
            assert options_of(half["attempt"], "skip_enrolment")["until"].startswith("2099-01-31")
            assert (await browser.step(half, "skip_enrolment")).json()["status"] == "signed_in"
            assert (await browser.whoami())["username"] == "alice"
            await vestibule.run("UPDATE sessions SET idle_expires_at = $1, absolute_expires_at = $1", 1 << 52)
            vestibule.clock.advance(365 * 80 * DAY)
            assert await browser.whoami() is None
            late = await vestibule.half_signed_in()
            assert "skip_enrolment" not in late[1]["attempt"]["methods"]

    async def test_a_role_may_demand_it_and_counts_at_once(self, start):
        async with start(MFA_ROLES="admin") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            tokens = (await vestibule.log_in()).json()
            user = await vestibule.services.accounts.administration.find("alice")
            await vestibule.services.accounts.roles.grant(user.id, "admin")
            assert await browser.whoami() is None
            assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
            refreshed = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
            assert refreshed.status_code == 401
            assert (await vestibule.half_signed_in())[1]["attempt"]["methods"]
            await vestibule.register("bobby")
            assert (await vestibule.log_in("bobby@example.com")).status_code == 200

    async def test_a_refresh_that_is_retried_is_no_way_around_it(self, start):
        async with start(MFA_ROLES="admin") as vestibule:
            await vestibule.register()
            refresh = {"refreshToken": (await vestibule.log_in()).json()["refreshToken"]}
            user = await vestibule.services.accounts.administration.find("alice")
            await vestibule.services.accounts.roles.grant(user.id, "admin")
            answers = [await vestibule.post("/api/auth/refresh", refresh) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [401, 401, 401]
            assert not any("accessToken" in answer.json() for answer in answers)

    async def test_off_means_that_nobody_sets_up_an_app(self, start):
        async with start(MFA="off") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            assert (await browser.post("/api/account/totp")).json()["code"] == "step_not_offered"

    async def test_a_factor_whose_method_was_switched_off_is_a_dead_end_and_no_open_door(self, start):
        async with start() as vestibule:
            browser = vestibule.browser()
            await browser.register()
            await vestibule.verify()
            await browser.add_totp(vestibule.clock)
        async with start(LOGIN_METHODS="password,passkey", RECOVERY_DELAY="0s") as vestibule:
            refused = await vestibule.log_in()
            assert (refused.status_code, refused.json()["code"]) == (409, "step_not_offered")
            assert await vestibule.browser().whoami() is None

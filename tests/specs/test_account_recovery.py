"""Lost factors, locked-down accounts, and changes that are taken back."""

import pytest

from authenticator import Authenticator
from harness import PASSWORD, bearer, options_of

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
STEP = 30 * SECOND


@pytest.fixture
async def alice(vestibule):
    """Alice has an authenticator app, and loses it."""
    browser = vestibule.browser()
    await browser.register()
    await vestibule.verify()
    await browser.add_totp(vestibule.clock)
    vestibule.clock.advance(STEP)
    return browser


async def half(vestibule):
    browser = vestibule.browser()
    return browser, (await browser.sign_in()).json()


async def ask(vestibule):
    browser, answer = await half(vestibule)
    return await browser.step(answer, "factor_recovery", confirm=True)


class TestDelayedRecovery:
    async def test_waits_warns_and_then_lets_in(self, vestibule, alice):
        assert (await ask(vestibule)).json() == {"status": "waiting"}
        mail = (await vestibule.mails("alice", "second factor is lost"))[0]
        assert mail["links"]
        assert (await alice.get("/api/account/methods")).json()["recovery"]["readyAt"]
        vestibule.clock.advance(71 * HOUR)
        assert (await ask(vestibule)).json() == {"status": "waiting"}
        vestibule.clock.advance(2 * HOUR)
        browser, answer = await half(vestibule)
        assert options_of(answer["attempt"], "factor_recovery")["ready"] is True
        done = await browser.step(answer, "factor_recovery", confirm=True)
        assert done.json()["status"] == "signed_in"
        assert await alice.whoami() is None
        assert (await vestibule.log_in()).status_code == 200
        assert await vestibule.mails("alice", "second factor was removed")

    async def test_asking_twice_does_not_make_it_longer_or_shorter(self, vestibule, alice):
        await ask(vestibule)
        first = (await alice.get("/api/account/methods")).json()["recovery"]
        vestibule.clock.advance(HOUR)
        await ask(vestibule)
        assert (await alice.get("/api/account/methods")).json()["recovery"] == first
        assert len(await vestibule.mails("alice", "second factor is lost")) == 1

    @pytest.mark.parametrize("how", ["link", "signed in"])
    async def test_is_stopped_by_the_owner(self, vestibule, alice, how):
        await ask(vestibule)
        if how == "link":
            link = (await vestibule.mails("alice", "second factor is lost"))[0]["links"][0]
            body = {"token": link.split("#recovery=")[1]}
            assert (await vestibule.post("/api/account/cancel-recovery", body)).status_code == 200
            assert (await vestibule.post("/api/account/cancel-recovery", body)).status_code in (400, 410)
        else:
            assert (await alice.post("/api/account/cancel-recovery")).status_code == 200
        vestibule.clock.advance(4 * DAY)
        assert (await ask(vestibule)).json() == {"status": "waiting"}
        assert (await vestibule.log_in()).json()["code"] == "mfa_required"

    async def test_a_stranger_stops_nothing(self, vestibule, alice):
        await ask(vestibule)
        assert (await vestibule.post("/api/account/cancel-recovery")).json()["code"] == "invalid_code"

    async def test_needs_the_first_factor(self, vestibule, alice):
        browser = vestibule.browser()
        answer = await browser.begin()
        refused = await browser.step(answer, "factor_recovery", confirm=True)
        assert refused.json()["code"] == "step_not_offered"

    async def test_an_operator_can_only_start_it(self, vestibule, alice):
        user = await vestibule.services.accounts.administration.find("alice")
        assert await vestibule.services.accounts.administration.start_recovery(user)
        assert await vestibule.mails("alice", "second factor is lost")
        assert (await vestibule.log_in()).json()["code"] == "mfa_required"
        await alice.post("/api/account/cancel-recovery")
        assert (await alice.get("/api/account/methods")).json()["recovery"] is None

    async def test_does_not_exist_without_a_delay(self, start):
        async with start(RECOVERY_DELAY="0s") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            await browser.add_totp(vestibule.clock)
            _, answer = await half(vestibule)
            assert "factor_recovery" not in answer["attempt"]["methods"]

    async def test_a_demanded_factor_has_to_be_set_up_anew(self, start):
        async with start(MFA="required") as vestibule:
            await vestibule.register()
            browser, answer = await half(vestibule)
            made = Authenticator().create(options_of(answer["attempt"], "passkey_enrolment")["publicKey"])
            await browser.step(answer, "passkey_enrolment", credential=made)
            await ask(vestibule)
            vestibule.clock.advance(73 * HOUR)
            browser, answer = await half(vestibule)
            after = (await browser.step(answer, "factor_recovery", confirm=True)).json()
            assert [step["method"] for step in after["steps"]] == ["passkey_enrolment", "totp_enrolment"]
            assert await browser.whoami() is None


class TestLockdown:
    async def test_ends_everything_and_mails_the_way_back(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        tokens = (await vestibule.log_in()).json()
        assert (await browser.post("/api/account/lockdown")).status_code == 200
        assert await browser.whoami() is None
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        token = await vestibule.link_token("alice@example.com", "locked down")
        body = {"token": token, "password": "quiet green lantern"}
        assert (await vestibule.post("/api/auth/reset-password", body)).status_code == 200
        assert (await vestibule.log_in(password="quiet green lantern")).status_code == 200

    async def test_needs_no_fresh_proof(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        vestibule.clock.advance(DAY)
        assert (await browser.post("/api/account/lockdown")).status_code == 200


class TestChangedAddress:
    async def changed(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        await vestibule.verify()
        change = {"email": "mallory@example.com", "currentPassword": PASSWORD}
        await browser.send("PATCH", "/api/account", change)
        token = await vestibule.link_token("mallory@example.com", "Confirm")
        await browser.post("/api/auth/verify-email", {"token": token})
        assert (await browser.whoami())["email"] == "mallory@example.com"
        link = (await vestibule.mails("alice@example.com", "was changed"))[0]["links"][0]
        return browser, {"token": link.split("#email=")[1]}

    async def test_is_taken_back_by_the_old_one(self, vestibule):
        browser, body = await self.changed(vestibule)
        undone = await vestibule.post("/api/account/undo-email", body)
        assert (undone.status_code, undone.json()["email"]) == (200, "alice@example.com")
        assert await browser.whoami() is None
        assert (await vestibule.post("/api/account/undo-email", body)).json()["code"] == "used_code"
        token = await vestibule.link_token("alice@example.com", "yours again")
        done = await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert done.status_code == 200
        assert (await vestibule.log_in(password="quiet green lantern")).status_code == 200

    async def test_for_seven_days(self, vestibule):
        _, body = await self.changed(vestibule)
        vestibule.clock.advance(7 * DAY)
        assert (await vestibule.post("/api/account/undo-email", body)).json()["code"] == "expired_code"

    async def test_the_token_is_good_for_nothing_else(self, vestibule):
        _, body = await self.changed(vestibule)
        for path in ("/api/account/restore", "/api/account/cancel-recovery", "/api/auth/verify-email"):
            assert (await vestibule.post(path, body)).json()["code"] == "invalid_code"


class TestDeletion:
    async def deleted(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        await vestibule.verify()
        await browser.add_passkey(Authenticator())
        assert (await browser.send("DELETE", "/api/account")).status_code == 200
        link = (await vestibule.mails("alice", "was deleted"))[0]["links"][0]
        return browser, {"token": link.split("#restore=")[1]}

    async def test_is_undone_within_its_grace(self, vestibule):
        browser, body = await self.deleted(vestibule)
        assert (await vestibule.log_in()).status_code == 401
        assert (await vestibule.post("/api/account/restore", body)).status_code == 200
        assert await browser.whoami() is None
        assert (await vestibule.log_in()).status_code == 200

    async def test_not_after_it_and_then_nothing_secret_is_left(self, vestibule):
        _, body = await self.deleted(vestibule)
        vestibule.clock.advance(14 * DAY)
        assert (await vestibule.post("/api/account/restore", body)).json()["code"] == "expired_code"
        vestibule.clock.advance(DAY)
        await vestibule.services.operations.cleanup.sweep()
        assert await vestibule.rows("SELECT 1 FROM credentials") == []
        assert (await vestibule.rows("SELECT password_hash FROM users"))[0]["password_hash"] is None


class TestExport:
    async def test_holds_what_is_known_and_nothing_secret(self, vestibule, alice):
        data = (await alice.get("/api/account/export")).json()
        assert data["user"]["username"] == "alice"
        assert {"sessions", "signInMethods", "trustedDevices", "activity", "roles"} <= data.keys()
        assert {found["kind"] for found in data["signInMethods"]} == {"totp", "recovery_code"}
        text = str(data)
        assert "$argon2id$" not in text
        for row in await vestibule.rows("SELECT token_hash FROM sessions"):
            assert row["token_hash"] not in text

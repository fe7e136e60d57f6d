"""Browsers that their owner trusts: for a while they stand in for the second factor that the owner chose."""

import pytest

from authenticator import Authenticator
from harness import PASSWORD, code_of

DAY = 24 * 60 * 60_000_000
STEP = 30_000_000


@pytest.fixture
async def alice(vestibule):
    return await vestibule.with_app()


class TestTrustedDevice:
    @pytest.fixture
    async def trusted(self, vestibule, alice):
        _, seed, _ = alice
        browser, half = await vestibule.half_signed_in()
        await browser.step(half, "totp", code=code_of(seed, vestibule.clock), rememberDevice=True)
        assert (await browser.send("DELETE", "/api/session")).status_code == 200
        return browser

    async def test_is_not_asked_for_thirty_days(self, vestibule, trusted):
        assert (await trusted.sign_in()).status_code == 200
        session = (await vestibule.rows("SELECT amr, aal FROM sessions ORDER BY id DESC LIMIT 1"))[0]
        assert (session["amr"], session["aal"]) == ('["pwd"]', 1)
        await trusted.send("DELETE", "/api/session")
        vestibule.clock.advance(30 * DAY)
        assert (await trusted.sign_in()).json()["code"] == "mfa_required"

    async def test_still_has_to_know_the_password(self, vestibule, trusted):
        assert (await trusted.sign_in(password="a wrong one")).json()["code"] == "invalid_credentials"

    async def test_is_good_for_its_user_only(self, vestibule, trusted):
        mallory = vestibule.browser()
        await mallory.register("mallory")
        await mallory.add_totp(vestibule.clock)
        other = vestibule.browser()
        await other.csrf()
        other.http.cookies.set("vestibule_trusted_device", trusted.http.cookies["vestibule_trusted_device"])
        assert (await other.sign_in("mallory")).json()["code"] == "mfa_required"

    async def test_is_listed_and_can_be_forgotten(self, vestibule, alice, trusted):
        browser, _, _ = alice
        devices = (await browser.get("/api/account/methods")).json()["trustedDevices"]
        assert [device["device"] for device in devices] == ["Firefox on Linux"]
        assert (await browser.send("DELETE", f"/api/account/trusted-devices/{devices[0]['id']}")).status_code == 200
        assert (await trusted.sign_in()).json()["code"] == "mfa_required"

    @pytest.mark.parametrize("change", ["password", "reset", "passkey", "codes", "lockdown"])
    async def test_is_void_after_a_change(self, vestibule, alice, trusted, change):
        browser, _, _ = alice
        password = PASSWORD
        if change == "password":
            password = "quiet green lantern"
            body = {"currentPassword": PASSWORD, "newPassword": password}
            assert (await browser.post("/api/auth/change-password", body)).status_code == 200
        elif change == "reset":
            password = "quiet green lantern"
            token = await vestibule.reset_token()
            await vestibule.post("/api/auth/reset-password", {"token": token, "password": password})
        elif change == "passkey":
            await browser.add_passkey(Authenticator())
        elif change == "codes":
            await browser.post("/api/account/recovery-codes")
        else:
            await browser.post("/api/account/lockdown")
            password = "quiet green lantern"
            token = await vestibule.link_token("alice@example.com", "locked down")
            await vestibule.post("/api/auth/reset-password", {"token": token, "password": password})
        assert (await trusted.sign_in(password=password)).json()["code"] == "mfa_required"

    async def test_can_be_switched_off(self, start):
        async with start(TRUSTED_DEVICE="0s") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            seed, _ = await browser.add_totp(vestibule.clock)
            vestibule.clock.advance(STEP)
            other, half = await vestibule.half_signed_in()
            await other.step(half, "totp", code=code_of(seed, vestibule.clock), rememberDevice=True)
            assert "vestibule_trusted_device" not in other.http.cookies

"""Signing in by a mailed link: opened on any device, confirmed with a button, and the first device goes on."""

import pytest

from authenticator import Authenticator
from harness import PASSWORD, code_of

MINUTE = 60_000_000
STEP = 30_000_000
SUBJECT = "Sign in to Vestibule"


@pytest.fixture
async def alice(vestibule):
    await vestibule.register()
    await vestibule.verify()


async def mailed(vestibule, browser, answer, to="alice@example.com"):
    sent = await browser.step(answer, "email_link", send=True)
    assert (sent.status_code, sent.json()) == (200, {"status": "waiting"})
    return await vestibule.link_token(to, SUBJECT)


class TestSigningIn:
    async def test_the_phone_confirms_and_the_laptop_goes_on(self, vestibule, alice):
        laptop, phone = vestibule.browser("192.0.2.7"), vestibule.browser("198.51.100.9")
        answer = await laptop.begin()
        token = await mailed(vestibule, laptop, answer)
        assert (await laptop.step(answer, "email_link")).json()["status"] == "waiting"
        seen = (await phone.http.post("/api/login/links", json={"token": token})).json()
        assert (seen["confirmed"], seen["ip"], seen["device"]) == (False, "192.0.2.7", "Firefox on Linux")
        assert seen["here"] is False
        assert (await laptop.step(answer, "email_link")).json()["status"] == "waiting"
        done = await phone.http.post("/api/login/links", json={"token": token, "confirm": True})
        assert done.json()["confirmed"] is True
        assert await phone.whoami() is None
        assert (await laptop.step(answer, "email_link")).json()["status"] == "signed_in"
        assert (await laptop.whoami())["username"] == "alice"
        session = (await vestibule.rows("SELECT amr, aal FROM sessions ORDER BY id DESC LIMIT 1"))[0]
        assert (session["amr"], session["aal"]) == ('["email"]', 1)

    async def test_in_the_same_browser_the_link_says_so(self, vestibule, alice):
        laptop = vestibule.browser()
        token = await mailed(vestibule, laptop, await laptop.begin())
        assert (await laptop.http.post("/api/login/links", json={"token": token})).json()["here"] is True

    async def test_looking_uses_nothing_up_and_confirming_counts_once(self, vestibule, alice):
        laptop = vestibule.browser()
        token = await mailed(vestibule, laptop, await laptop.begin())
        for _ in range(3):
            assert (await vestibule.post("/api/login/links", {"token": token})).status_code == 200
        assert (await vestibule.post("/api/login/links", {"token": token, "confirm": True})).status_code == 200
        again = await vestibule.post("/api/login/links", {"token": token, "confirm": True})
        assert again.json()["code"] in {"used_code", "invalid_code"}

    async def test_a_second_factor_is_still_asked_for(self, vestibule, alice):
        browser = vestibule.browser()
        await browser.sign_in()
        seed, _ = await browser.add_totp(vestibule.clock)
        vestibule.clock.advance(STEP)
        laptop = vestibule.browser()
        answer = await laptop.begin()
        token = await mailed(vestibule, laptop, answer)
        await vestibule.post("/api/login/links", {"token": token, "confirm": True})
        half = (await laptop.step(answer, "email_link")).json()
        assert half["status"] == "needs_step"
        after = (await laptop.step(half, "totp", code=code_of(seed, vestibule.clock))).json()
        # A mailbox is no factor: an app alone does not make two.
        assert after["status"] == "needs_step"
        assert (await laptop.step(after, "password", password=PASSWORD)).json()["status"] == "signed_in"

    async def test_it_expires_with_its_attempt(self, vestibule, alice):
        laptop = vestibule.browser()
        token = await mailed(vestibule, laptop, await laptop.begin())
        vestibule.clock.advance(10 * MINUTE)
        late = await vestibule.post("/api/login/links", {"token": token, "confirm": True})
        assert late.json()["code"] in {"expired_code", "invalid_code"}

    async def test_another_attempt_does_not_make_it_worthless(self, vestibule, alice):
        laptop, mallory = vestibule.browser(), vestibule.browser()
        token = await mailed(vestibule, laptop, await laptop.begin())
        await mallory.step(await mallory.begin(), "email_link", send=True)
        assert (await vestibule.post("/api/login/links", {"token": token, "confirm": True})).status_code == 200

    async def test_a_reset_token_is_no_sign_in_token(self, vestibule, alice):
        token = await vestibule.reset_token()
        refused = await vestibule.post("/api/login/links", {"token": token, "confirm": True})
        assert refused.json()["code"] == "invalid_code"


class TestTellingNothing:
    async def test_an_unknown_address_gets_the_same_answers_and_no_mail(self, vestibule, alice):
        answers = []
        for name in ("alice@example.com", "nobody@example.com"):
            browser = vestibule.browser()
            begun = await browser.begin(name)
            sent = await browser.step(begun, "email_link", send=True)
            asked = await browser.step(begun, "email_link")
            answers.append((sent.status_code, sent.json(), asked.status_code, asked.json()))
        assert answers[0] == answers[1]
        assert not await vestibule.mails("nobody")

    async def test_a_mailbox_is_not_flooded(self, vestibule, alice):
        for _ in range(8):
            browser = vestibule.browser()
            sent = await browser.step(await browser.begin(), "email_link", send=True)
            assert sent.status_code == 200
        assert len(await vestibule.mails("alice")) == 5

    async def test_nobody_to_mail_is_a_fault_of_the_request(self, vestibule):
        browser = vestibule.browser()
        refused = await browser.step(await browser.begin(""), "email_link", send=True)
        assert (refused.status_code, refused.json()["errors"].keys()) == (422, {"identifier"})


class TestWhoReadsTheMailboxOwnsTheAccount:
    """Pre-hijacking (SECURITY cases 41 to 45): whoever registered the address first keeps no way in."""

    @pytest.fixture
    async def hijacked(self, vestibule):
        """Mallory registered Alice's address, chose the password, and added a passkey and an app."""
        mallory, key = vestibule.browser(), Authenticator()
        await mallory.register("trojan", "alice@example.com", "wooden animals stand")
        await mallory.add_passkey(key)
        await mallory.add_totp(vestibule.clock)
        return mallory, key

    async def keeps_nothing(self, vestibule, mallory, key):
        assert await mallory.whoami() is None
        other = vestibule.browser()
        begun = await other.begin("")
        options = next(step["options"] for step in begun["steps"] if step["method"] == "passkey")["publicKey"]
        refused = await other.step(begun, "passkey", credential=key.get(options))
        assert refused.json()["code"] == "unknown_passkey"
        assert await vestibule.rows("SELECT 1 FROM credentials") == []
        assert await vestibule.mails("alice", "We removed what was added before")

    async def test_signing_in_by_mail(self, vestibule, hijacked):
        alice = vestibule.browser()
        answer = await alice.begin("alice@example.com")
        token = await mailed(vestibule, alice, answer)
        await vestibule.post("/api/login/links", {"token": token, "confirm": True})
        assert (await alice.step(answer, "email_link")).json()["status"] == "signed_in"
        assert (await alice.whoami())["emailVerified"] is True
        await self.keeps_nothing(vestibule, *hijacked)
        assert (await vestibule.log_in("alice@example.com", "wooden animals stand")).status_code == 401

    async def test_a_password_alone_goes_too_and_its_owner_is_told(self, vestibule):
        await vestibule.register()
        browser = vestibule.browser()
        answer = await browser.begin()
        token = await mailed(vestibule, browser, answer)
        await vestibule.post("/api/login/links", {"token": token, "confirm": True})
        assert (await browser.step(answer, "email_link")).json()["status"] == "signed_in"
        assert (await vestibule.log_in()).json()["code"] == "invalid_credentials"
        assert await vestibule.mails("alice", "We removed what was added before")
        set_again = await browser.post("/api/auth/change-password", {"newPassword": "quiet green lantern"})
        assert set_again.status_code == 200

    async def test_resetting_the_password(self, vestibule, hijacked):
        token = await vestibule.reset_token()
        await vestibule.post("/api/auth/reset-password", {"token": token, "password": PASSWORD})
        assert (await vestibule.log_in("alice@example.com")).status_code == 200
        await self.keeps_nothing(vestibule, *hijacked)

    async def test_confirming_the_address_on_a_device_that_is_not_signed_in(self, vestibule, hijacked):
        token = await vestibule.link_token("alice@example.com", "Confirm your email")
        assert (await vestibule.post("/api/auth/verify-email", {"token": token})).status_code == 200
        await self.keeps_nothing(vestibule, *hijacked)

    async def test_the_owner_who_is_signed_in_keeps_everything(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        await browser.add_passkey(Authenticator())
        token = await vestibule.link_token("alice@example.com", "Confirm your email")
        assert (await browser.post("/api/auth/verify-email", {"token": token})).status_code == 200
        assert len((await browser.get("/api/account/methods")).json()["passkeys"]) == 1

    async def test_so_does_one_who_says_that_they_are_theirs(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        await browser.add_passkey(Authenticator())
        token = await vestibule.link_token("alice@example.com", "Confirm your email")
        body = {"token": token, "keepFactors": True}
        assert (await vestibule.post("/api/auth/verify-email", body)).status_code == 200
        assert len((await browser.get("/api/account/methods")).json()["passkeys"]) == 1

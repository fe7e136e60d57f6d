"""ASVS 6.3.5, 6.3.7; SECURITY cases 43, 51: the owner hears of it, and one click closes the account's doors."""

import re

import pytest

from authenticator import Authenticator
from harness import PASSWORD, PHONE, bearer, code_of

DAY = 24 * 3600 * 1_000_000


def not_me(mail) -> str:
    return re.search(r"#notMe=(\S+)", mail["text"])[1]


async def press(vestibule, token: str):
    return await vestibule.post("/api/account/not-me", {"token": token})


async def new_device(vestibule):
    """Alice on her computer; then somebody with her password on a phone."""
    owner = vestibule.browser()
    await owner.register()
    await vestibule.verify()
    thief = vestibule.browser("203.0.113.9")
    thief.http.headers["User-Agent"] = PHONE
    await thief.sign_in()
    return owner, thief


class TestEveryAlert:
    async def test_has_a_way_to_say_not_me(self, vestibule):
        owner, _thief = await new_device(vestibule)
        await owner.add_passkey(Authenticator())
        await owner.add_totp(vestibule.clock)
        await owner.post(
            "/api/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
        )
        await owner.send(
            "PATCH", "/api/account", {"email": "new@example.com", "currentPassword": "quiet green lantern"}
        )
        tokens = (await vestibule.log_in(password="quiet green lantern")).json()
        assert tokens
        alerts = [mail for mail in await vestibule.mails("alice@example.com") if "When: " in mail["text"]]
        assert len(alerts) >= 5
        for mail in alerts:
            assert not_me(mail).startswith("vst_und_"), mail["subject"]

    async def test_sessions_that_were_ended_are_told_once(self, vestibule):
        owner, _ = await new_device(vestibule)
        assert (await owner.send("DELETE", "/api/sessions")).status_code == 200
        assert len(await vestibule.mails("alice@example.com", "Your other devices were signed out")) == 1
        await owner.send("DELETE", "/api/sessions")
        assert len(await vestibule.mails("alice@example.com", "Your other devices were signed out")) == 1

    async def test_a_refresh_token_that_came_back_is_told(self, vestibule):
        first = await vestibule.signed_in()
        second = (await vestibule.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})).json()
        await vestibule.post("/api/auth/refresh", {"refreshToken": second["refreshToken"]})
        await vestibule.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})
        mail = (await vestibule.mails("alice@example.com"))[0]
        assert not_me(mail)


class TestNotMe:
    async def test_ends_everything_and_starts_recovery(self, vestibule):
        owner, thief = await new_device(vestibule)
        mail = (await vestibule.mails("alice@example.com", "New sign-in"))[0]
        assert (await press(vestibule, not_me(mail))).status_code == 200
        assert await owner.whoami() is None
        assert await thief.whoami() is None
        again = await vestibule.log_in()
        assert again.status_code == 401, "the password that was stolen opens nothing any more"
        token = await vestibule.link_token("alice@example.com", "locked down")
        reset = {"token": token, "password": "quiet green lantern"}
        assert (await vestibule.post("/api/auth/reset-password", reset)).status_code == 200
        assert (await vestibule.log_in(password="quiet green lantern")).status_code == 200

    async def test_takes_away_what_was_added_since_and_leaves_what_was_there(self, vestibule):
        owner = vestibule.browser()
        await owner.register()
        await vestibule.verify()
        await owner.add_passkey(Authenticator(), "mine")
        vestibule.clock.advance(DAY)
        thief = vestibule.browser()
        thief.http.headers["User-Agent"] = PHONE
        await thief.sign_in()
        await thief.add_passkey(Authenticator(), "theirs")
        mail = (await vestibule.mails("alice@example.com", "New sign-in"))[0]
        await press(vestibule, not_me(mail))
        left = await vestibule.rows("SELECT name FROM credentials WHERE kind = 'passkey'")
        assert [row["name"] for row in left] == ["mine"]

    async def test_takes_no_demand_for_a_second_factor_away(self, vestibule):
        """ASVS 6.4.4: whoever reads the mailbox alone gets no further than before, however new the factor is."""
        await vestibule.with_app()
        for subject in ("New sign-in", "authenticator"):
            for mail in await vestibule.mails("alice@example.com", subject):
                await press(vestibule, not_me(mail))
        token = await vestibule.link_token("alice@example.com", "locked down")
        await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        answer = (await vestibule.log_in(password="quiet green lantern")).json()
        assert answer["code"] == "mfa_required"
        assert answer["attempt"]["methods"] == ["factor_recovery"], "the wait with its warnings is the way back"

    async def test_leaves_the_demand_for_a_second_factor_where_the_factor_was_a_new_passkey(self, vestibule):
        owner = vestibule.browser()
        await owner.register()
        await vestibule.verify()
        await owner.add_passkey(Authenticator())
        assert (await owner.send("PUT", "/api/account/second-factor", {"required": True})).status_code == 200
        mail = next(mail for mail in await vestibule.mails("alice@example.com", "passkey") if "#notMe=" in mail["text"])
        await press(vestibule, not_me(mail))
        token = await vestibule.link_token("alice@example.com", "locked down")
        await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        answer = (await vestibule.log_in(password="quiet green lantern")).json()
        assert answer["code"] == "mfa_required"
        assert answer["attempt"]["methods"] == ["factor_recovery"], "the wait with its warnings is the way back"

    async def test_stops_a_change_of_address_that_waits(self, vestibule):
        owner = vestibule.browser()
        await owner.register()
        await vestibule.verify()
        await owner.send("PATCH", "/api/account", {"email": "thief@example.com", "currentPassword": PASSWORD})
        code = (await vestibule.mails("thief@example.com"))[0]["codes"][0]
        told = next(mail for mail in await vestibule.mails("alice@example.com") if "thief@example.com" in mail["text"])
        await press(vestibule, not_me(told))
        late = await vestibule.post("/api/auth/verify-email", {"email": "thief@example.com", "code": code})
        assert late.status_code in (400, 410)

    async def test_works_once_and_for_a_week(self, vestibule):
        await new_device(vestibule)
        token = not_me((await vestibule.mails("alice@example.com", "New sign-in"))[0])
        assert (await press(vestibule, token)).status_code == 200
        assert (await press(vestibule, token)).json()["code"] == "used_code"

    async def test_is_void_after_a_week(self, vestibule):
        await new_device(vestibule)
        token = not_me((await vestibule.mails("alice@example.com", "New sign-in"))[0])
        vestibule.clock.advance(8 * DAY)
        assert (await press(vestibule, token)).json()["code"] == "expired_code"

    async def test_does_not_send_the_way_back_to_an_address_the_thief_has_set(self, vestibule):
        _owner, thief = await new_device(vestibule)
        token = not_me((await vestibule.mails("alice@example.com", "New sign-in"))[0])
        await thief.send("PATCH", "/api/account", {"email": "thief@example.com", "currentPassword": PASSWORD})
        code = (await vestibule.mails("thief@example.com"))[0]["codes"][0]
        await thief.post("/api/auth/verify-email", {"email": "thief@example.com", "code": code})
        assert (await press(vestibule, token)).status_code == 200
        assert await thief.whoami() is None
        assert await vestibule.mails("thief@example.com", "locked down") == []
        undo = next(mail for mail in await vestibule.mails("alice@example.com") if "#email=" in mail["text"])
        taken = re.search(r"#email=(\S+)", undo["text"])[1]
        back = await vestibule.post("/api/account/undo-email", {"token": taken})
        assert back.json()["email"] == "alice@example.com"

    @pytest.mark.parametrize("purpose", ["reset", "verify", "refresh"])
    async def test_is_its_own_kind(self, vestibule, purpose):
        tokens = await vestibule.signed_in()
        token = {
            "reset": await vestibule.reset_token(),
            "verify": (await vestibule.mails("alice@example.com"))[-1]["links"][0].partition("=")[2],
            "refresh": tokens["refreshToken"],
        }[purpose]
        assert (await press(vestibule, token)).json()["code"] == "invalid_code"
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 200

    async def test_tells_nothing_secret_in_the_mail_beyond_its_link(self, vestibule):
        await new_device(vestibule)
        mail = (await vestibule.mails("alice@example.com", "New sign-in"))[0]
        assert PASSWORD not in mail["text"] + mail["html"]
        assert len(re.findall(r"vst_[a-z]{3}_", mail["text"])) == 1


class TestGuessingTheSecondFactor:
    """Whoever enters wrong codes has passed the first step: the owner has to hear of it."""

    SUBJECT = "guessing your second factor"
    WRONG = {"totp": "000000", "recovery_code": "0000-0000-0000"}  # noqa: RUF012

    async def _guess(self, vestibule, method, times):
        for _ in range(times):
            browser, half = await vestibule.half_signed_in()
            assert (await browser.step(half, method, code=self.WRONG[method])).status_code == 401

    @pytest.mark.parametrize("method", ["totp", "recovery_code"])
    async def test_is_told_once_in_a_row(self, vestibule, method):
        await vestibule.with_app()
        await self._guess(vestibule, method, 4)
        assert await vestibule.mails("alice@example.com", self.SUBJECT) == []
        await self._guess(vestibule, method, 1)
        for _ in range(5):
            await vestibule.browser().sign_in()
        mail = (await vestibule.mails("alice@example.com", self.SUBJECT))[0]
        assert "knows your password" in mail["text"]
        assert "change your password" in mail["text"]
        assert len(await vestibule.mails("alice@example.com", self.SUBJECT)) == 1
        events = await vestibule.rows("SELECT 1 FROM audit_events WHERE action = 'account.factor_guessing'")
        assert len(events) == 1

    async def test_is_told_in_one_attempt_too_and_by_both_kinds_of_code_together(self, vestibule):
        await vestibule.with_app()
        browser, half = await vestibule.half_signed_in()
        for method in ("totp", "recovery_code", "totp", "recovery_code", "totp"):
            await browser.step(half, method, code=self.WRONG[method])
        assert len(await vestibule.mails("alice@example.com", self.SUBJECT)) == 1

    async def test_is_told_when_a_session_is_used_for_it(self, vestibule):
        browser, _, _ = await vestibule.with_app()
        vestibule.clock.advance(20 * 60 * 1_000_000)
        asked = (await browser.send("DELETE", "/api/account/totp")).json()
        half = (await browser.step(asked, "password", password=PASSWORD)).json()
        for _ in range(5):
            await browser.step(half, "totp", code="000000")
        assert len(await vestibule.mails("alice@example.com", self.SUBJECT)) == 1

    async def test_has_a_way_to_say_not_me_that_makes_the_password_worthless(self, vestibule):
        await vestibule.with_app()
        await self._guess(vestibule, "totp", 5)
        mail = (await vestibule.mails("alice@example.com", self.SUBJECT))[0]
        assert (await press(vestibule, not_me(mail))).status_code == 200
        user = (await vestibule.rows("SELECT password_hash FROM users"))[0]
        assert user["password_hash"] is None

    async def test_a_right_code_ends_the_row(self, vestibule):
        _, seed, _ = await vestibule.with_app()
        await self._guess(vestibule, "totp", 4)
        browser, half = await vestibule.half_signed_in()
        assert (await browser.step(half, "totp", code=code_of(seed, vestibule.clock))).status_code == 200
        await self._guess(vestibule, "totp", 4)
        assert await vestibule.mails("alice@example.com", self.SUBJECT) == []

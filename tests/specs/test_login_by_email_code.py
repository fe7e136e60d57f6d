"""Signing in by a mailed code: one mail with a code and a link, each good for the attempt that asked for it."""

import asyncio
import re

import pytest

SUBJECT = "Sign in to Vestibule"
MINUTE = 60_000_000


@pytest.fixture
async def alice(vestibule):
    await vestibule.register()
    await vestibule.verify()


async def mailed(vestibule, browser, answer, to="alice@example.com"):
    assert (await browser.step(answer, "email_code")).json() == {"status": "waiting"}
    mail = (await vestibule.mails(to, SUBJECT))[0]
    return mail["codes"][0], re.search(r"#token=(\S+)", mail["links"][0])[1]


class TestSigningIn:
    async def test_by_the_code(self, vestibule, alice):
        browser = vestibule.browser()
        answer = await browser.begin()
        code, _ = await mailed(vestibule, browser, answer)
        assert (await browser.step(answer, "email_code", code=code)).json()["status"] == "signed_in"
        session = (await vestibule.rows("SELECT amr, aal FROM sessions ORDER BY id DESC LIMIT 1"))[0]
        assert (session["amr"], session["aal"]) == ('["email"]', 1)

    async def test_or_by_the_link_of_the_same_mail(self, vestibule, alice):
        browser = vestibule.browser()
        answer = await browser.begin()
        code, token = await mailed(vestibule, browser, answer)
        assert (await vestibule.post("/api/login/links", {"token": token, "confirm": True})).status_code == 200
        assert (await browser.step(answer, "email_link")).json()["status"] == "signed_in"
        again = vestibule.browser()
        assert (await again.step(answer, "email_code", code=code)).json()["code"] == "invalid_attempt"

    async def test_through_the_token_door(self, vestibule, alice):
        begun = (await vestibule.post("/api/login", {"identifier": "alice", "sessionType": "token"})).json()
        path, secret = f"/api/login/{begun['attempt']['id']}/steps", begun["attempt"]["secret"]
        await vestibule.post(path, {"method": "email_code", "secret": secret})
        code = (await vestibule.mails("alice", SUBJECT))[0]["codes"][0]
        done = (await vestibule.post(path, {"method": "email_code", "secret": secret, "code": code})).json()
        assert done["accessToken"]


class TestGuessing:
    async def test_a_code_is_good_for_its_own_attempt_only(self, vestibule, alice):
        first, second = vestibule.browser(), vestibule.browser()
        one, two = await first.begin(), await second.begin()
        code, _ = await mailed(vestibule, first, one)
        await second.step(two, "email_code")
        assert (await second.step(two, "email_code", code=code)).json()["code"] == "invalid_code"
        assert (await first.step(one, "email_code", code=code)).json()["status"] == "signed_in"

    async def test_five_guesses_and_the_code_is_worth_nothing(self, vestibule, alice):
        browser = vestibule.browser()
        answer = await browser.begin()
        code, _ = await mailed(vestibule, browser, answer)
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            assert (await browser.step(answer, "email_code", code=wrong)).json()["code"] == "invalid_code"
        assert (await browser.step(answer, "email_code", code=code)).status_code in (400, 410)

    async def test_fifty_copies_of_the_right_code_have_one_winner(self, vestibule, alice):
        browser = vestibule.browser()
        answer = await browser.begin()
        code, _ = await mailed(vestibule, browser, answer)
        before = len(await vestibule.rows("SELECT 1 FROM sessions"))
        answers = await asyncio.gather(*(browser.step(answer, "email_code", code=code) for _ in range(50)))
        assert sum(found.status_code == 200 for found in answers) == 1
        assert all(found.status_code < 500 for found in answers)
        assert len(await vestibule.rows("SELECT 1 FROM sessions")) == before + 1

    async def test_it_expires_after_ten_minutes(self, vestibule, alice):
        browser = vestibule.browser()
        answer = await browser.begin()
        code, _ = await mailed(vestibule, browser, answer)
        vestibule.clock.advance(10 * MINUTE)
        assert (await browser.step(answer, "email_code", code=code)).json()["code"] == "invalid_attempt"

    async def test_an_unknown_address_answers_alike(self, vestibule, alice):
        answers = []
        for name in ("alice@example.com", "nobody@example.com"):
            browser = vestibule.browser()
            answer = await browser.begin(name)
            asked = await browser.step(answer, "email_code")
            tried = await browser.step(answer, "email_code", code="123456")
            answers.append((asked.status_code, asked.json(), tried.status_code, tried.json()["code"]))
        assert answers[0] == answers[1]

    async def test_the_limit_comes_at_the_same_count_for_known_and_unknown(self, vestibule, alice):
        counts = []
        for name in ("alice@example.com", "nobody@example.com"):
            codes = []
            for _ in range(3):
                browser = vestibule.browser()
                answer = await browser.begin(name)
                await browser.step(answer, "email_code")
                codes += [(await browser.step(answer, "email_code", code="000000")).json()["code"] for _ in range(5)]
            counts.append(codes)
        assert counts[0] == counts[1]
        assert "rate_limited" in counts[0]

    async def test_the_code_is_hashed_slowly(self, vestibule, alice):
        browser = vestibule.browser()
        code, token = await mailed(vestibule, browser, await browser.begin())
        rows = await vestibule.rows("SELECT form, code_hash FROM one_time_codes WHERE purpose = 'sign_in'")
        assert {row["form"]: row["code_hash"].startswith("$argon2id$") for row in rows} == {
            "digits": True,
            "link": False,
        }
        assert all(code not in str(dict(row)) and token not in str(dict(row)) for row in rows)

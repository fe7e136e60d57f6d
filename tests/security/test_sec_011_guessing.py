"""Cases 11, 13, 17, 19, 21, 25, 105; ASVS 6.1.1, 6.3.1: guessing is stopped, and it locks out nobody but the guesser."""

import asyncio

import pytest

from harness import PASSWORD, Vestibule, bearer
from vestibule.domain.attack_detection import AttackDetectionPolicy, Tally

FAR = {"LIMIT_LOGIN_ADDRESS": "100000/1m", "LIMIT_STEPS": "100000/1m", "LIMIT_CODES": "100000/1m"}
MINUTE = 60_000_000
WRONG = "a wrong guess at it"


async def fail(vestibule: Vestibule, times: int, client=None) -> list[int]:
    client = client or vestibule
    return [
        (await client.post("/api/auth/login", {"email": "alice@example.com", "password": WRONG})).status_code
        for _ in range(times)
    ]


@pytest.fixture
async def quiet(start):
    async with start(**FAR) as vestibule:
        yield vestibule


class TestOneAccount:
    async def test_ten_failures_are_free_and_then_waiting_begins(self, quiet):
        await quiet.register()
        assert await fail(quiet, 12) == [401] * 10 + [429] * 2

    async def test_of_150_guesses_no_more_than_a_hundred_are_ever_checked(self, quiet):
        """However patient: after the hundredth in a row strangers wait a day for each (NIST SP 800-63B 3.2.2)."""
        await quiet.register()
        checked = 0
        for _ in range(150):
            checked += (await fail(quiet, 1)).count(401)
            quiet.clock.advance(16 * MINUTE)
        assert checked <= 100
        assert (await quiet.log_in()).status_code == 429

    async def test_the_owner_is_told_once_and_gets_in_by_reset(self, quiet):
        await quiet.register()
        await fail(quiet, 40)
        mails = await quiet.mails("alice@example.com", "Someone is guessing your password")
        assert len(mails) == 1
        token = await quiet.reset_token()
        await quiet.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert (await quiet.log_in(password="quiet green lantern")).status_code == 200

    async def test_fifty_guesses_at_once_are_ten_checks(self, quiet):
        await quiet.register()
        answers = await asyncio.gather(*(fail(quiet, 1) for _ in range(50)))
        assert sum(statuses.count(401) for statuses in answers) == 10

    async def test_every_door_counts_on_the_same_account(self, quiet):
        tokens = await quiet.signed_in()
        change = {"currentPassword": WRONG, "newPassword": "quiet green lantern"}
        for _ in range(4):
            assert (await quiet.post("/api/auth/change-password", change, **bearer(tokens))).status_code == 403
        begun = (await quiet.post("/api/login", {"identifier": "alice", "sessionType": "token"})).json()["attempt"]
        for _ in range(3):
            step = {"method": "password", "password": WRONG, "secret": begun["secret"]}
            assert (await quiet.post(f"/api/login/{begun['id']}/steps", step)).status_code == 401
        assert await fail(quiet, 4) == [401] * 3 + [429]
        assert (await quiet.post("/api/auth/change-password", change, **bearer(tokens))).status_code == 429

    async def test_codes_are_counted_per_account_across_attempts(self, quiet):
        await quiet.with_app()
        guessed = 0
        for _ in range(8):
            other = quiet.browser()
            half = await other.sign_in()
            if half.status_code == 429:
                break
            guess = await other.step(half.json(), "totp", code="000000")
            guessed += guess.status_code == 401
        else:
            raise AssertionError("a right password, again and again, opened fresh counts for the second factor")
        assert guessed <= 5

    async def test_an_attacker_s_own_success_resets_no_shared_count(self, start):
        async with start(LIMIT_LOGIN_ADDRESS="20/15m") as vestibule:
            await vestibule.register()
            await vestibule.register("mallory")
            statuses = []
            for _ in range(4):
                statuses += await fail(vestibule, 5)
                statuses.append((await vestibule.log_in("mallory@example.com")).status_code)
            assert statuses[20:] == [429] * 4

    async def test_a_password_of_a_megabyte_costs_no_hash(self, quiet):
        await quiet.register()
        hashes = quiet.app.state.system.hashes
        hashes._run = None
        assert (await quiet.log_in(password="x" * 1_000_000)).status_code == 413
        assert (await quiet.log_in(password="x" * 5_000)).status_code == 422


class TestKnownDevice:
    async def test_gets_in_while_strangers_are_locked_out(self, quiet):
        browser = quiet.browser()
        await browser.register()
        await fail(quiet, 40)
        assert (await quiet.browser().sign_in()).status_code == 429
        await browser.send("DELETE", "/api/session")
        assert (await browser.sign_in()).status_code == 200

    async def test_is_limited_itself(self, quiet):
        browser = quiet.browser()
        await browser.register()
        await browser.send("DELETE", "/api/session")
        statuses = [(await browser.sign_in(password=WRONG)).status_code for _ in range(12)]
        assert statuses == [401] * 10 + [429] * 2

    async def test_its_failures_do_not_lock_out_others_and_its_success_frees_no_attacker(self, quiet):
        browser = quiet.browser()
        await browser.register()
        await browser.send("DELETE", "/api/session")
        await browser.sign_in(password=WRONG)
        assert await fail(quiet, 9) == [401] * 9
        assert (await browser.sign_in()).status_code == 200
        assert await fail(quiet, 2) == [401, 429]

    async def test_works_for_its_own_user_only(self, quiet):
        browser = quiet.browser()
        await browser.register("mallory")
        await quiet.register()
        await browser.send("DELETE", "/api/session")
        statuses = [(await browser.sign_in("alice", WRONG)).status_code for _ in range(12)]
        await browser.sign_in("mallory")
        assert statuses == [401] * 10 + [429] * 2
        assert await fail(quiet, 1) == [429]

    @pytest.mark.parametrize("cookie", ["", "vst_knw_", "vst_knw_" + "0" * 176, "x" * 5000, "vst_knw_" + "f" * 176])
    async def test_a_forged_one_is_a_stranger_s(self, quiet, cookie):
        await quiet.register()
        await fail(quiet, 11)
        answer = await quiet.post(
            "/api/auth/login", {"email": "alice@example.com", "password": PASSWORD}, Cookie=f"vestibule_device={cookie}"
        )
        assert answer.status_code == 429

    async def test_dies_with_a_reset(self, quiet):
        browser = quiet.browser()
        await browser.register()
        cookie = browser.http.cookies["vestibule_device"]
        token = await quiet.reset_token()
        await quiet.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        await fail(quiet, 12)
        body = {"email": "alice@example.com", "password": "quiet green lantern"}
        assert (await quiet.post("/api/auth/login", body, Cookie=f"vestibule_device={cookie}")).status_code == 429

    async def test_is_httponly_and_opens_nothing(self, quiet):
        browser = quiet.browser()
        made = await browser.register()
        line = next(value for value in made.headers.get_list("set-cookie") if value.startswith("vestibule_device"))
        assert "HttpOnly" in line
        cookie = browser.http.cookies["vestibule_device"]
        answer = await quiet.get("/api/account", Cookie=f"vestibule_device={cookie}")
        assert answer.status_code == 401

    async def test_passkeys_stay_open_too(self, quiet):
        from authenticator import Authenticator
        from harness import options_of

        phone, browser = Authenticator(), quiet.browser()
        await browser.register()
        await browser.add_passkey(phone)
        await fail(quiet, 40)
        other = quiet.browser()
        begun = await other.begin("")
        answer = phone.get(options_of(begun, "passkey")["publicKey"])
        assert (await other.step(begun, "passkey", credential=answer)).status_code == 200


class TestManyAccounts:
    async def test_one_guess_at_each_of_a_thousand_raises_the_signal(self, quiet):
        for number in range(250):
            await quiet.log_in(f"user{number}@example.com", "Summer2026")
        await quiet.services.abuse.attack_detection.flush()
        assert quiet.services.abuse.attack_detection.under_attack
        events = await quiet.rows("SELECT detail FROM audit_events WHERE action = 'attack.begun'")
        assert len(events) == 1
        assert '"failures": 250' in events[0]["detail"]

    async def test_another_worker_knows_it_too(self, quiet, start, database_url, tmp_path):
        from harness import running

        async with running(database_url, tmp_path, **FAR) as other:
            for number in range(250):
                await quiet.log_in(f"user{number}@example.com", "Summer2026")
            await quiet.services.abuse.attack_detection.flush()
            await other.services.abuse.attack_detection.flush()
            assert other.services.abuse.attack_detection.under_attack
            events = await quiet.rows("SELECT 1 FROM audit_events WHERE action = 'attack.begun'")
            assert len(events) == 1

    async def test_it_ends_by_itself(self, quiet):
        for number in range(250):
            await quiet.log_in(f"user{number}@example.com", "Summer2026")
        await quiet.services.abuse.attack_detection.flush()
        quiet.clock.advance(6 * MINUTE)
        await quiet.services.abuse.attack_detection.flush()
        assert not quiet.services.abuse.attack_detection.under_attack
        assert await quiet.rows("SELECT 1 FROM audit_events WHERE action = 'attack.over'")

    @pytest.mark.parametrize(
        ("tally", "attack"),
        [
            (Tally(199, 0), False),
            (Tally(200, 0), True),
            (Tally(200, 66), True),
            (Tally(200, 67), False),
            (Tally(0, 0), False),
        ],
    )
    def test_a_busy_morning_is_no_attack(self, tally, attack):
        assert AttackDetectionPolicy(failures=200, window=5 * MINUTE, work="auto", bits=16).is_attack(tally) is attack


class TestClocks:
    """Case 243: a clock that ran ahead and was set back must not lock everybody out."""

    async def test_limits_forget_what_a_clock_in_the_future_wrote(self, quiet):
        await quiet.register()
        quiet.clock.advance(60 * MINUTE)
        for _ in range(3):
            await quiet.log_in()
        quiet.clock.advance(-60 * MINUTE)
        assert (await quiet.log_in()).status_code == 200
        assert (await quiet.log_in("nobody@example.com", WRONG)).status_code == 401

    async def test_small_steps_back_give_nothing_away(self, start):
        async with start(LIMIT_LOGIN_ADDRESS="5/1m", PROOF_OF_WORK="off") as vestibule:
            statuses = [(await vestibule.log_in(f"n{n}@example.com")).status_code for n in range(6)]
            assert statuses == [401] * 5 + [429]
            vestibule.clock.advance(-30_000_000)
            assert (await vestibule.log_in("n9@example.com")).status_code == 429

"""ASVS 2.4.1, 6.3.1: while somebody tries many accounts, strangers pay for each try with work."""

import hashlib
import itertools

import pytest

from harness import PASSWORD, bearer

EASY = {"PROOF_OF_WORK": "always", "PROOF_OF_WORK_BITS": "6"}
MINUTE = 60_000_000


def solve(challenge) -> str:
    for counter in itertools.count():
        answer = f"{challenge['puzzle']}:{counter}"
        digest = int.from_bytes(hashlib.sha256(answer.encode()).digest(), "big")
        if digest >> (256 - challenge["bits"]) == 0:
            return answer
    return None


@pytest.fixture
async def attacked(start):
    async with start(**EASY) as vestibule:
        yield vestibule


class TestStrangers:
    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/api/auth/login", {"email": "alice@example.com", "password": PASSWORD}),
            ("/api/auth/register", {"username": "bobby", "email": "b@example.com", "password": PASSWORD}),
            ("/api/auth/forgot-password", {"email": "alice@example.com"}),
            ("/api/auth/resend-code", {"email": "alice@example.com"}),
            ("/api/auth/verify-email", {"email": "alice@example.com", "code": "123456"}),
        ],
    )
    async def test_get_a_puzzle_first(self, attacked, path, body):
        answer = await attacked.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (428, "proof_of_work_required")
        assert answer.json()["challenge"].keys() == {"algorithm", "bits", "puzzle"}
        solved = await attacked.post(path, body, **{"Proof-Of-Work": solve(answer.json()["challenge"])})
        assert solved.status_code != 428

    async def test_steps_that_prove_something_need_one_and_others_do_not(self, attacked):
        begun = (await attacked.post("/api/login", {"identifier": "alice", "sessionType": "token"})).json()["attempt"]
        step = {"method": "password", "password": PASSWORD, "secret": begun["secret"]}
        assert (await attacked.post(f"/api/login/{begun['id']}/steps", step)).status_code == 428

    async def test_nothing_is_counted_before_it(self, attacked):
        for _ in range(30):
            await attacked.log_in()
        assert await attacked.rows("SELECT 1 FROM rate_limits WHERE key LIKE 'account:%'") == []

    async def test_signed_in_requests_need_none(self, attacked):
        challenge = (await attacked.register()).json()["challenge"]
        body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
        await attacked.post("/api/auth/register", body, **{"Proof-Of-Work": solve(challenge)})
        challenge = (await attacked.log_in()).json()["challenge"]
        tokens = (
            await attacked.post(
                "/api/auth/login",
                {"email": "alice@example.com", "password": PASSWORD},
                **{"Proof-Of-Work": solve(challenge)},
            )
        ).json()
        answer = await attacked.post(
            "/api/auth/change-password",
            {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"},
            **bearer(tokens),
        )
        assert answer.status_code == 200

    async def test_a_session_spares_none_where_it_does_not_authorise(self, start):
        """An attacker has an account, too: signed in there, guesses at others would be free."""
        async with start() as vestibule:
            await vestibule.register()
            tokens, browser = await vestibule.signed_in("mallory"), vestibule.browser()
            await browser.sign_in("mallory")
            vestibule.services.abuse.attack_detection.under_attack = True
            guess = {"email": "alice@example.com", "password": "a wrong guess"}
            for path in ("/api/auth/login", "/api/auth/forgot-password", "/api/auth/resend-code"):
                body = guess if path.endswith("login") else {"email": guess["email"]}
                assert (await vestibule.post(path, body, **bearer(tokens))).status_code == 428
                assert (await browser.post(path, body)).status_code == 428


class TestProofs:
    async def challenge(self, vestibule):
        return (await vestibule.log_in()).json()["challenge"]

    async def tried(self, vestibule, proof: str) -> int:
        body = {"email": "alice@example.com", "password": PASSWORD}
        return (await vestibule.post("/api/auth/login", body, **{"Proof-Of-Work": proof})).status_code

    async def test_count_once(self, attacked):
        proof = solve(await self.challenge(attacked))
        assert [await self.tried(attacked, proof) for _ in range(3)] == [401, 428, 428]

    async def test_of_twenty_at_once_one_counts(self, attacked):
        import asyncio

        proof = solve(await self.challenge(attacked))
        statuses = await asyncio.gather(*(self.tried(attacked, proof) for _ in range(20)))
        assert sorted(statuses) == [401] + [428] * 19

    async def test_run_out(self, attacked):
        proof = solve(await self.challenge(attacked))
        attacked.clock.advance(6 * MINUTE)
        assert await self.tried(attacked, proof) == 428

    async def test_that_are_too_easy_or_made_up_are_refused(self, attacked):
        challenge = await self.challenge(attacked)
        puzzle = challenge["puzzle"]
        nonce, bits, expires, mac = puzzle.split(".")
        for forged in (
            "", ":", "x", f"{puzzle}:zzzzzzzz!", f"{puzzle}:", f"{nonce}.0.{expires}.{mac}:0",
            f"{nonce}.{bits}.9999999999.{mac}:0", f"{'0' * 32}.{bits}.{expires}.{mac}:0", f"{puzzle}:{'9' * 5000}",
        ):  # fmt: skip
            assert await self.tried(attacked, forged) == 428

    async def test_too_little_work_is_too_little(self, start):
        async with start(PROOF_OF_WORK="always", PROOF_OF_WORK_BITS="20") as vestibule:
            puzzle = (await self.challenge(vestibule))["puzzle"]
            assert await self.tried(vestibule, f"{puzzle}:0") == 428


def about(name):
    """Requests of somebody not signed in that say which account they are about."""
    email = f"{name}@example.com"
    return [
        ("POST", "/api/session", {"credential": name, "password": "a wrong guess"}),
        ("POST", "/api/session", {"credential": email.upper(), "password": "a wrong guess"}),
        ("POST", "/api/auth/login", {"email": email, "password": "a wrong guess"}),
        ("POST", "/api/auth/forgot-password", {"email": email}),
        ("POST", "/api/auth/resend-code", {"email": email}),
        ("POST", "/api/auth/verify-email", {"email": email, "code": "123456"}),
    ]


class TestKnownDevices:
    async def test_pass_a_few_times(self, start):
        async with start() as vestibule:
            browser = vestibule.browser()
            await browser.register()
            await browser.send("DELETE", "/api/session")
            vestibule.services.abuse.attack_detection.under_attack = True
            statuses = [(await browser.sign_in(password="a wrong guess")).status_code for _ in range(12)]
            assert statuses[:9] == [401] * 9
            assert statuses[-1] == 428

    async def test_pass_at_the_account_that_they_know_and_at_no_other(self, start):
        """Whoever has an account has such a cookie, and renews it by signing in: it is worth nothing elsewhere."""
        async with start() as vestibule:
            for name in ("alice", "bobby"):
                await vestibule.register(name)
            browser = vestibule.browser()
            await browser.register("mallory")
            await browser.send("DELETE", "/api/session")
            vestibule.services.abuse.attack_detection.under_attack = True
            for name in ("alice", "bobby", "nobody"):
                for method, path, body in about(name):
                    answer = await browser.send(method, path, body)
                    assert (answer.status_code, answer.json()["code"]) == (428, "proof_of_work_required"), (name, path)
                begun = await browser.begin(name)
                answer = await browser.step(begun, "password", password="a wrong guess")
                assert (answer.status_code, answer.json()["code"]) == (428, "proof_of_work_required"), name
            for method, path, body in about("mallory"):
                assert (await browser.send(method, path, body)).status_code != 428, path
            begun = await browser.begin("mallory@example.com")
            assert (await browser.step(begun, "password", password="a wrong guess")).status_code == 401

    async def test_pass_as_often_as_one_however_many_there_are(self, start):
        async with start() as vestibule:
            browsers = [vestibule.browser() for _ in range(3)]
            await browsers[0].register()
            for browser in browsers:
                await browser.sign_in()
                await browser.send("DELETE", "/api/session")
            vestibule.services.abuse.attack_detection.under_attack = True
            statuses = [(await browsers[n % 3].sign_in(password="wrong")).status_code for n in range(12)]
            assert statuses == [401] * 10 + [428] * 2

    async def test_pass_no_registration_and_no_mailed_token(self, start):
        async with start() as vestibule:
            browser = vestibule.browser()
            await browser.register()
            await browser.send("DELETE", "/api/session")
            vestibule.services.abuse.attack_detection.under_attack = True
            assert (await browser.register("bobby", "alice@example.com")).status_code == 428
            for path, body in (
                ("/api/auth/verify-email", {"token": "vst_ver_" + "0" * 49}),
                ("/api/auth/reset-password", {"token": "vst_res_" + "0" * 49, "password": PASSWORD}),
                ("/api/registration", {"username": "bobby", "email": "alice@example.com"}),
            ):
                assert (await browser.post(path, body)).status_code == 428, path

    async def test_that_are_made_up_do_not(self, start):
        """The cookie is checked, not looked at: whoever invents one for each request pays like any stranger."""
        async with start(PROOF_OF_WORK="always", PROOF_OF_WORK_BITS="20") as vestibule:
            body = {"email": "alice@example.com", "password": PASSWORD}
            for number in range(3):
                cookie = f"vestibule_device=vst_knw_{number:0176x}"
                assert (await vestibule.post("/api/auth/login", body, Cookie=cookie)).status_code == 428


class TestSwitch:
    async def test_off_is_off(self, start):
        async with start(PROOF_OF_WORK="off") as vestibule:
            vestibule.services.abuse.attack_detection.under_attack = True
            assert (await vestibule.log_in()).status_code == 401

    async def test_without_an_attack_nobody_notices(self, vestibule):
        assert (await vestibule.log_in()).status_code == 401

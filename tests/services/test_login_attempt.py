"""The login attempt: evidence gathered step by step, a session from one place only when it is enough."""

import pytest

from fakes import SteppingClock
from harness import PASSWORD, running
from vestibule.bootstrap import Parts
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCredentials
from vestibule.domain.login import Advanced, Evidence, Factor, Method, NeedsStep, assurance
from vestibule.domain.session import Door
from vestibule.services.login import SignedIn
from vestibule.services.login.method import PasswordProof

MINUTE = 60_000_000


class KeyMethod:
    """A second factor for these tests: whoever names a user has that user's key."""

    def __init__(self, clock) -> None:
        self.clock = clock
        self.database = None

    async def verify(self, attempt, proof, device):
        async with self.database.reading() as work:
            user = await work.users.find_by_identifier(proof.identifier)
        if user is None:
            return Denied(InvalidCredentials())
        return Advanced(user, Evidence("hwk", Factor.POSSESSION, self.clock.now()))


def needs_key(_, evidence):
    methods = {proof.method for proof in evidence}
    return tuple(name for name in (Method.PASSWORD, "hwk") if name not in methods)


@pytest.fixture
async def with_key(database_url, tmp_path):
    clock = SteppingClock()
    method = KeyMethod(clock)
    parts = Parts(clock=clock, methods=(("hwk", method),), missing_steps=needs_key)
    async with running(database_url, tmp_path, parts=parts) as vestibule:
        method.database = vestibule.database
        await vestibule.register("alice")
        await vestibule.register("mallory")
        yield vestibule


async def prove_password(vestibule, who="alice"):
    login = vestibule.services.login
    return await login.submit(login.start(Door.BROWSER), Method.PASSWORD, PasswordProof(who, PASSWORD), Device())


async def prove_key(vestibule, attempt, who="alice"):
    return await vestibule.services.login.submit(attempt, "hwk", PasswordProof(who, ""), Device())


class TestHalfFinished:
    async def test_one_factor_of_two_is_a_step_and_no_session(self, with_key):
        outcome = await prove_password(with_key)
        assert isinstance(outcome, NeedsStep)
        assert outcome.methods == ("hwk",)
        assert await with_key.rows("SELECT 1 FROM sessions") == []

    async def test_the_one_shot_endpoints_answer_mfa_required_with_the_attempt(self, with_key):
        answer = await with_key.log_in()
        assert (answer.status_code, answer.json()["code"]) == (401, "mfa_required")
        attempt = answer.json()["attempt"]
        assert attempt["methods"] == ["hwk"]
        stored = await with_key.services.login.resume(attempt["id"])
        assert stored.user_id is not None
        browser = with_key.browser()
        assert (await browser.sign_in()).json()["code"] == "mfa_required"
        assert await browser.whoami() is None

    async def test_an_attempt_id_opens_nothing(self, with_key):
        attempt = (await with_key.log_in()).json()["attempt"]["id"]
        assert (await with_key.get("/api/account", Authorization=f"Bearer {attempt}")).status_code == 401
        browser = with_key.browser()
        browser.http.cookies.set("vestibule_session", attempt)
        assert await browser.whoami() is None


class TestFinishing:
    async def test_both_factors_make_a_session_that_says_so(self, with_key):
        half = await prove_password(with_key)
        stored = await with_key.services.login.resume(half.attempt.id)
        outcome = await prove_key(with_key, stored)
        assert isinstance(outcome, SignedIn)
        session = outcome.issued.session
        assert (session.amr, session.aal) == (("pwd", "hwk"), 2)

    async def test_a_step_of_another_user_is_refused(self, with_key):
        half = await prove_password(with_key)
        outcome = await prove_key(with_key, half.attempt, "mallory")
        assert isinstance(outcome, Denied)
        assert await with_key.rows("SELECT 1 FROM sessions") == []

    async def test_an_attempt_becomes_one_session_at_most(self, with_key):
        half = await prove_password(with_key)
        assert isinstance(await prove_key(with_key, half.attempt), SignedIn)
        assert isinstance(await prove_key(with_key, half.attempt), Denied)
        assert await with_key.services.login.resume(half.attempt.id) is None
        assert len(await with_key.rows("SELECT 1 FROM sessions")) == 1

    async def test_it_expires_after_ten_minutes(self, with_key):
        half = await prove_password(with_key)
        with_key.clock.advance(10 * MINUTE)
        assert await with_key.services.login.resume(half.attempt.id) is None
        assert isinstance(await prove_key(with_key, half.attempt), Denied)

    async def test_a_password_reset_between_the_steps_ends_it(self, with_key):
        half = await prove_password(with_key)
        stale_user = await with_key.services.administration.find("alice")
        token = await with_key.reset_token()
        await with_key.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        outcome = await with_key.services.login.finish(half.attempt, stale_user, Device())
        assert isinstance(outcome, Denied)

    async def test_disabling_between_the_steps_ends_it(self, with_key):
        half = await prove_password(with_key)
        user = await with_key.services.administration.find("alice")
        await with_key.services.administration.disable(user)
        assert isinstance(await prove_key(with_key, half.attempt), Denied)


class TestAssurance:
    @pytest.mark.parametrize(
        ("factors", "aal"),
        [
            ([Factor.KNOWLEDGE], 1),
            ([Factor.POSSESSION], 1),
            ([Factor.KNOWLEDGE, Factor.KNOWLEDGE], 1),
            ([Factor.KNOWLEDGE, Factor.POSSESSION], 2),
        ],
    )
    def test_two_kinds_of_factor_make_level_2(self, factors, aal):
        evidence = [Evidence(f"m{n}", factor, n) for n, factor in enumerate(factors)]
        assert assurance(evidence).aal == aal

    def test_auth_time_is_the_latest_proof(self):
        evidence = [Evidence("pwd", Factor.KNOWLEDGE, 5), Evidence("hwk", Factor.POSSESSION, 9)]
        assert assurance(evidence).auth_time == 9

"""The login attempt: evidence gathered step by step, a session from one place only when it is enough."""

import dataclasses

import pytest

from factories import Factory
from fakes import SteppingClock
from harness import PASSWORD, running
from vestibule.bootstrap import Overrides
from vestibule.domain.credential import CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCredentials
from vestibule.domain.login import (
    AttemptPurpose,
    EnrolledFactor,
    Evidence,
    Factor,
    Method,
    MethodRule,
    NeedsStep,
    Stage,
    StepVerified,
)
from vestibule.domain.session import SessionType
from vestibule.services.login.login import AttemptBinding, SignedIn
from vestibule.services.login.method import CodeProof, PasswordProof, Plain

MINUTE = 60_000_000


KEY = frozenset({Factor.POSSESSION})


class KeyMethod(Plain):
    """A second factor for these tests: whoever names a user has that user's key."""

    rule = MethodRule(Method.TOTP, EnrolledFactor.TOTP, KEY, frozenset({Stage.CONTINUE}))

    def __init__(self, clock) -> None:
        self.clock = clock
        self.database = None

    async def verify(self, attempt, user, proof, device):
        async with self.database.reading() as work:
            found = await work.users.find_by_identifier(proof.code)
        if found is None:
            return Denied(InvalidCredentials())
        return StepVerified(found, Evidence(Method.TOTP, KEY, "hwk", self.clock.now()))


@pytest.fixture
async def with_key(database_url, tmp_path):
    clock = SteppingClock()
    method = KeyMethod(clock)
    parts = Overrides(clock=clock, methods=((Method.TOTP, method),))
    async with running(database_url, tmp_path, replaced=parts, LOGIN_METHODS="password") as vestibule:
        method.database = vestibule.database
        make = Factory(vestibule.database.writing, clock.now())
        for name in ("alice", "mallory"):
            user = await make.user(name, password=PASSWORD, second_factor_at=5)
            await make.credential(user, CredentialKind.TOTP)
        yield vestibule


async def prove_password(vestibule, who="alice"):
    login = vestibule.services.login.login
    return await login.sign_in(
        SessionType.COOKIE, who, Method.PASSWORD, PasswordProof(PASSWORD), Device(), AttemptBinding()
    )


async def prove_key(vestibule, half, who="alice"):
    bound = AttemptBinding(secret=half.secret)
    return await vestibule.services.login.login.submit(half.attempt.id, Method.TOTP, CodeProof(who), Device(), bound)


class TestHalfFinished:
    async def test_one_factor_of_two_is_a_step_and_no_session(self, with_key):
        outcome = await prove_password(with_key)
        assert isinstance(outcome, NeedsStep)
        assert outcome.methods == ("totp", "factor_recovery")
        assert await with_key.rows("SELECT 1 FROM sessions") == []

    async def test_the_one_shot_endpoints_answer_mfa_required_with_the_attempt(self, with_key):
        answer = await with_key.log_in()
        assert (answer.status_code, answer.json()["code"]) == (401, "mfa_required")
        attempt = answer.json()["attempt"]
        assert attempt["methods"] == ["totp", "factor_recovery"]
        row = (await with_key.rows("SELECT user_id FROM login_attempts WHERE id = $1", attempt["id"]))[0]
        assert row["user_id"] is not None
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
        outcome = await prove_key(with_key, await prove_password(with_key))
        assert isinstance(outcome, SignedIn)
        session = outcome.issued.session
        assert (session.amr, session.aal) == (("pwd", "hwk", "mfa"), 2)

    async def test_a_step_of_another_user_is_refused(self, with_key):
        half = await prove_password(with_key)
        outcome = await prove_key(with_key, half, "mallory")
        assert isinstance(outcome, Denied)
        assert await with_key.rows("SELECT 1 FROM sessions") == []

    async def test_an_attempt_becomes_one_session_at_most(self, with_key):
        half = await prove_password(with_key)
        assert isinstance(await prove_key(with_key, half), SignedIn)
        assert isinstance(await prove_key(with_key, half), Denied)
        assert len(await with_key.rows("SELECT 1 FROM sessions")) == 1

    async def test_it_expires_after_ten_minutes(self, with_key):
        half = await prove_password(with_key)
        with_key.clock.advance(10 * MINUTE)
        assert isinstance(await prove_key(with_key, half), Denied)

    async def test_a_password_reset_between_the_steps_ends_it(self, with_key):
        half = await prove_password(with_key)
        token = await with_key.reset_token()
        await with_key.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert isinstance(await prove_key(with_key, half), Denied)

    @pytest.mark.parametrize("column", ["password_changed_at", "second_factor_at"])
    async def test_nothing_changes_between_the_last_proof_and_the_session(self, with_key, column):
        user = await with_key.services.accounts.administration.find("alice")
        stale = dataclasses.replace(user, **{column: 17})
        evidence = with_key.services.login.login.chosen_password()
        attempt = with_key.services.login.login.attempts.new(SessionType.COOKIE, AttemptPurpose.SIGN_IN, "alice")
        outcome = await with_key.services.login.login._finish.session(
            attempt.proved(user.id, evidence), stale, Device()
        )
        assert isinstance(outcome, Denied)

    @pytest.mark.parametrize("secret", [None, "", "vst_att_0"])
    async def test_it_goes_on_for_its_beginner_only(self, with_key, secret):
        half = await prove_password(with_key)
        outcome = await prove_key(with_key, dataclasses.replace(half, secret=secret))
        assert isinstance(outcome, Denied)

    async def test_disabling_between_the_steps_ends_it(self, with_key):
        half = await prove_password(with_key)
        user = await with_key.services.accounts.administration.find("alice")
        await with_key.services.accounts.administration.disable(user)
        assert isinstance(await prove_key(with_key, half), Denied)

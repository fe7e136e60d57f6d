"""A model of accounts, sessions, refreshing, resetting and verifying, held against the real thing step by step.

Hypothesis makes up the order of the steps and, when the two disagree, shortens it to the fewest that still do.
"""

import asyncio
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from accounts import WITHOUT_LIMITS
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from examples import examples
from harness import bearer, running

NAMES = ("alice", "bobby")
PASSWORDS = ("rainy tuesday harbour", "quiet green lantern")
MINUTE, DAY = 60_000_000, 24 * 3600 * 1_000_000
GRACE, ACCESS, IDLE = 10_000_000, 15 * MINUTE, 7 * DAY
LIVE = "live"


@dataclass
class Session:
    """What should be true of one sign-in in a token session."""

    tokens: dict
    issued: int
    seen: int
    state: str = LIVE
    used: list[tuple[str, int]] = field(default_factory=list)  # refresh tokens that were used up, and when
    grandparents: int = 0


@dataclass
class Account:
    password: str
    verified: bool = False
    disabled: bool = False
    sessions: list[Session] = field(default_factory=list)
    reset_links: list[str] = field(default_factory=list)  # the last one counts

    def end(self, keep: Session | None = None) -> None:
        for session in self.sessions:
            if session is not keep:
                session.state = "ended"


class Model(RuleBasedStateMachine):
    """The address and the folder are set by whoever runs it."""

    address: str
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        limits = WITHOUT_LIMITS | {"RESET_LIFETIME": "30m", "VERIFICATION_LIFETIME": "10m"}
        self.real = self.wait(self.stack.enter_async_context(running(self.address, self.folder, **limits)))
        self.accounts: dict[str, Account] = {}

    def wait(self, coroutine):
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.runner.close()

    def now(self) -> int:
        return self.real.clock.now()

    def email(self, name: str) -> str:
        return f"{name}@example.com"

    def chosen(self, name: str) -> Account | None:
        return self.accounts.get(name)

    def session_of(self, name: str, index: int) -> tuple[Account, Session] | None:
        account = self.chosen(name)
        if account is None or not account.sessions:
            return None
        return account, account.sessions[index % len(account.sessions)]

    def is_live(self, account: Account, session: Session) -> bool:
        return session.state == LIVE and not account.disabled and self.now() - session.seen < IDLE

    @initialize()
    def somebody_is_here(self):
        self.register("alice", PASSWORDS[0])
        for index in range(2):
            self.sign_in("alice", PASSWORDS[0])
            self.refresh("alice", index)

    @rule(name=st.sampled_from(NAMES), password=st.sampled_from(PASSWORDS))
    def register(self, name, password):
        answer = self.wait(self.real.register(name, password=password))
        if name in self.accounts:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 201
            self.accounts[name] = Account(password)

    @rule(name=st.sampled_from(NAMES), password=st.sampled_from(PASSWORDS))
    def sign_in(self, name, password):
        answer = self.wait(self.real.log_in(self.email(name), password))
        account = self.chosen(name)
        if account is None or account.disabled or password != account.password:
            assert answer.status_code == 401
            return
        assert answer.status_code == 200
        account.sessions.append(Session(answer.json(), self.now(), self.now()))

    @rule(name=st.sampled_from(NAMES), index=st.integers(0, 1))
    def refresh(self, name, index):
        found = self.session_of(name, index)
        if found is None:
            return
        account, session = found
        before = session.tokens["refreshToken"]
        answer = self.wait(self.real.post("/api/auth/refresh", {"refreshToken": before}))
        if not self.is_live(account, session):
            assert answer.status_code == 401
            return
        assert answer.status_code == 200, answer.text
        session.used.append((before, self.now()))
        session.tokens = answer.json()
        session.issued = session.seen = self.now()

    @rule(name=st.sampled_from(NAMES), index=st.integers(0, 1), wait=st.sampled_from([0, MINUTE]))
    def reuse(self, name, index, wait):
        """Somebody comes with a refresh token that was used up: the newest one in its grace is a lost answer, all else
        is theft.
        """
        found = self.session_of(name, index)
        if found is None or not found[1].used:
            return
        account, session = found
        self.real.clock.advance(wait)
        token, when = session.used[-1]
        answer = self.wait(self.real.post("/api/auth/refresh", {"refreshToken": token}))
        if not self.is_live(account, session):
            assert answer.status_code == 401
        elif self.now() - when < GRACE:
            assert answer.json()["refreshToken"] == session.tokens["refreshToken"]
        else:
            assert answer.status_code == 401
            session.state = "reused"

    @rule(name=st.sampled_from(NAMES), index=st.integers(0, 1))
    def sign_out(self, name, index):
        found = self.session_of(name, index)
        if found is None:
            return
        account, session = found
        answer = self.wait(self.real.post("/api/auth/logout", {"refreshToken": session.tokens["refreshToken"]}))
        assert (answer.status_code == 200) is self.is_live(account, session)
        if answer.status_code == 200:
            session.state = "ended"

    @rule(
        name=st.sampled_from(NAMES),
        index=st.integers(0, 1),
        current=st.sampled_from(PASSWORDS),
        new=st.sampled_from(PASSWORDS),
    )
    def change_password(self, name, index, current, new):
        found = self.session_of(name, index)
        if found is None:
            return
        account, session = found
        body = {"currentPassword": current, "newPassword": new}
        fresh = self.is_live(account, session) and self.now() - session.issued < ACCESS - MINUTE
        answer = self.wait(self.real.post("/api/auth/change-password", body, **bearer(session.tokens)))
        if not fresh and answer.status_code == 401:
            return
        if current == new:
            assert answer.status_code == 422
        elif current != account.password:
            assert answer.status_code == 403
        else:
            assert answer.status_code == 200
            account.password = new
            account.reset_links.clear()
            account.end(keep=session)
            session.seen = self.now()

    @rule(name=st.sampled_from(NAMES), index=st.integers(0, 1))
    def end_others(self, name, index):
        found = self.session_of(name, index)
        if found is None:
            return
        account, session = found
        answer = self.wait(self.real.http.delete("/api/sessions", headers=bearer(session.tokens)))
        if answer.status_code == 200:
            assert self.is_live(account, session)
            account.end(keep=session)
            session.seen = self.now()

    @rule(name=st.sampled_from(NAMES))
    def forgot(self, name):
        answer = self.wait(self.real.post("/api/auth/forgot-password", {"email": self.email(name)}))
        assert answer.status_code == 200
        mails = self.wait(self.real.mails(self.email(name), "Reset your password"))
        account = self.chosen(name)
        if account is None:
            assert mails == []
        elif not account.disabled:
            account.reset_links.append(re.search(r"#token=(\S+)", mails[0]["links"][0])[1])

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 2), new=st.sampled_from(PASSWORDS))
    def reset(self, name, which, new):
        account = self.chosen(name)
        if account is None or not account.reset_links:
            return
        token = account.reset_links[which % len(account.reset_links)]
        is_last = token == account.reset_links[-1]
        answer = self.wait(self.real.post("/api/auth/reset-password", {"token": token, "password": new}))
        if answer.status_code == 200:
            assert is_last
            assert not account.disabled
            account.password = new
            account.verified = True
            account.reset_links.clear()
            account.end()
        else:
            assert answer.status_code in (400, 410)
            assert not is_last or account.disabled or answer.json()["code"] == "expired_code"

    @rule(name=st.sampled_from(NAMES))
    def verify(self, name):
        account = self.chosen(name)
        if account is None:
            return
        mails = self.wait(self.real.mails(self.email(name), "Confirm"))
        if not mails:
            return
        token = re.search(r"#token=(\S+)", mails[-1]["links"][0])[1]
        answer = self.wait(self.real.post("/api/auth/verify-email", {"token": token, "keepFactors": True}))
        if answer.status_code == 200:
            assert not account.disabled
            account.verified = True

    @rule(name=st.sampled_from(NAMES), disable=st.booleans())
    def switch(self, name, disable):
        account = self.chosen(name)
        if account is None:
            return
        users = self.real.services.accounts.administration
        user = self.wait(users.find(name))
        self.wait(users.disable(user) if disable else users.enable(user))
        account.disabled = disable
        if disable:
            account.end()

    @rule(leap=st.sampled_from([MINUTE, MINUTE, MINUTE, 16 * MINUTE, 8 * DAY]))
    def time_passes(self, leap):
        self.real.clock.advance(leap)

    @precondition(lambda self: self.accounts)
    @invariant()
    def every_access_token_is_as_good_as_its_session(self):
        for account in self.accounts.values():
            for session in account.sessions:
                live = self.is_live(account, session) and self.now() - session.issued < ACCESS - 2_000_000
                dead = not self.is_live(account, session) or self.now() - session.issued > ACCESS + 2_000_000
                status = self.wait(self.real.get("/api/auth/profile", **bearer(session.tokens))).status_code
                assert status == 200 if live else True
                assert status == 401 if dead else True
                if status == 200:
                    session.seen = self.now()

    @invariant()
    def rows_agree(self):
        rows = self.wait(self.real.rows(
            "SELECT session_id FROM refresh_tokens WHERE consumed_at IS NULL GROUP BY session_id HAVING count(*) > 1"
        ))  # fmt: skip
        assert rows == []
        users = self.wait(self.real.rows("SELECT username, email_verified_at FROM users"))
        assert {row["username"]: row["email_verified_at"] is not None for row in users} == {
            name: account.verified for name, account in self.accounts.items()
        }


@pytest.mark.hypothesis
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_accounts_behave_as_their_model(engine, request, tmp_path):
    templates = request.getfixturevalue("sqlite_templates" if engine == "sqlite" else "postgres_templates")
    used = []

    class Fresh(Model):
        folder = tmp_path

        def __init__(self) -> None:
            self.address = templates.fresh()
            used.append(self.address)
            for mail in (tmp_path / "mailbox").glob("*"):
                mail.unlink()
            super().__init__()

        def teardown(self) -> None:
            super().teardown()
            if engine == "postgresql":
                templates.drop(used.pop())

    run_state_machine_as_test(
        Fresh,
        settings=settings(
            max_examples=examples(30), stateful_step_count=25, deadline=None, derandomize=True, print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

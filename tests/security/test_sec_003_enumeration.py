"""Cases 1, 3, 7, 9 and 57; ASVS 6.3.8: no answer tells whether somebody has an account here, or what state it is in."""

import re

import pytest
from accounts import KINDS, REQUESTS, UNKNOWN, WITHOUT_LIMITS, address, populate, register
from indistinguishable import IN_VAIN, Comparison, Shape, Trace, mann_whitney

from harness import PASSWORD, options_of, running

ROUNDS = 12
# What one account has any number of.
GROWING = (
    "one_time_codes|sessions|audit_events|login_attempts|outbox|refresh_tokens|trusted_devices|credentials|api_keys"
)


@pytest.fixture
async def populated(start):
    async with start(**WITHOUT_LIMITS) as vestibule:
        await populate(vestibule)
        yield vestibule


class TestKindsOfAccounts:
    @pytest.mark.parametrize("name", REQUESTS)
    async def test_are_answered_alike(self, populated, name):
        comparison = Comparison({kind: REQUESTS[name](populated, kind) for kind in KINDS})
        await comparison.run(ROUNDS, warm_up=2)
        comparison.assert_same_shape()
        assert all(len(found.shapes) == 1 for found in comparison.found.values())

    @pytest.mark.parametrize("name", REQUESTS)
    async def test_cost_the_same_statements_and_the_same_hashes(self, populated, name):
        sends = {kind: REQUESTS[name](populated, kind) for kind in KINDS}
        for send in sends.values():
            await send()
        with Trace(populated) as trace:
            taken = {}
            for kind, send in sends.items():
                await send()
                taken[kind] = trace.taken()
        for kind, steps in taken.items():
            assert steps == taken[UNKNOWN], kind
        assert taken[UNKNOWN]

    async def test_cost_the_same_at_every_failure_in_a_row(self, start):
        """Also at the tenth, whose owner gets a mail."""
        async with start(**WITHOUT_LIMITS | {"ACCOUNT_FAILURES": "10"}) as vestibule:
            await vestibule.register()
            row = {}
            for name in ("alice", "nobody"):
                await vestibule.log_in(f"{name}2@example.com", "a wrong guess at it")
                with Trace(vestibule) as trace:
                    row[name] = []
                    for _ in range(12):
                        await vestibule.log_in(f"{name}@example.com", "a wrong guess at it")
                        row[name].append(trace.taken())
            assert row["alice"] == row["nobody"]
            assert row["alice"][9] != row["alice"][8]


class TestHowMuchAnAccountHas:
    """Its codes, sessions and events may be many: a statement that reads or sorts them all takes longer than for no one.

    SQLite shows its plan without statistics. The indexes are the same on PostgreSQL.
    """

    @pytest.mark.parametrize("name", REQUESTS)
    async def test_is_neither_scanned_nor_sorted(self, name, sqlite_url, tmp_path):
        async with running(sqlite_url, tmp_path, **WITHOUT_LIMITS) as vestibule:
            await populate(vestibule)
            send = REQUESTS[name](vestibule, "unverified")
            with Trace(vestibule) as trace:
                await send()
                steps = trace.taken()
            statements = [step for step in steps if step.startswith(("SELECT", "UPDATE"))]
            assert steps
            for statement in statements:
                plan = " / ".join(await self.plan(vestibule, statement.removesuffix(IN_VAIN)))
                assert "TEMP B-TREE" not in plan, (statement, plan)
                assert not re.search(rf"SCAN ({GROWING})", plan), (statement, plan)

    @staticmethod
    async def plan(vestibule, statement):
        count = max(map(int, re.findall(r"\$(\d+)", statement)), default=0)
        return [row["detail"] for row in await vestibule.rows(f"EXPLAIN QUERY PLAN {statement}", *[None] * count)]


class TestDeferredJobs:
    @pytest.mark.parametrize("name", ["resend-code", "step-email-code-asked"])
    async def test_hash_as_often_for_nobody(self, populated, name):
        """They run after the answer, but the requests that come next would feel a hash beside them."""
        hashes, counts = populated.app.state.system.hashes, {}
        original, made = hashes._hash, []
        hashes._hash = lambda secret: made.append(secret) or original(secret)
        for kind in KINDS:
            await REQUESTS[name](populated, kind)()
            await populated.services.records.outbox.flush()
            counts[kind] = len(made)
            made.clear()
        assert set(counts.values()) == {1}


class TestKindsOfHashes:
    async def test_each_failure_pays_for_every_kind_in_use(self, populated):
        """The old and the costly hash are met once; from then on an unknown user costs as much."""
        hashes = populated.app.state.system.hashes
        for kind in KINDS:
            await REQUESTS["login"](populated, kind)()
        checked = []
        original = hashes._verify
        hashes._verify = lambda stored, password: checked.append(stored) or original(stored, password)
        for kind in KINDS:
            await REQUESTS["login"](populated, kind)()
            kinds = sorted(stored.rsplit("$", 2)[0] if "argon2" in stored else stored[:7] for stored in checked)
            checked.clear()
            assert kinds == ["$2b$04$", "$argon2id$v=19$m=128,t=2,p=1", "$argon2id$v=19$m=64,t=1,p=1"], kind

    async def test_a_right_password_of_an_old_kind_is_hashed_anew(self, populated):
        assert (await populated.log_in(address("old-hash"))).status_code == 200
        stored = await populated.rows("SELECT password_hash FROM users WHERE username = 'oldhash'")
        assert stored[0]["password_hash"].startswith("$argon2id$v=19$m=64,")

    async def test_under_bcrypt_a_password_of_more_than_72_bytes_is_wrong_and_no_crash(self, start):
        async with start(PASSWORD_SCHEME="bcrypt", BCRYPT_COST="4") as vestibule:
            await vestibule.register()
            for email in ("alice@example.com", "nobody@example.com"):
                answer = await vestibule.log_in(email, "x" * 100)
                assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


class TestMailedCodes:
    """Whoever has no code learns nothing about those that others have, alive or dead."""

    STATES = ("none", "alive", "replaced", "guessed out", "used", "expired")

    @staticmethod
    async def coded(vestibule, state: str) -> str:
        """An account whose newest code is in this state; its digits."""
        name = "user" + state.replace(" ", "")
        email = f"{name}@example.com"
        await vestibule.register(name, email)
        code = (await vestibule.mails(email))[0]["codes"][0]
        wrong = {"email": email, "code": "000000" if code != "000000" else "000001"}
        if state == "replaced":
            await vestibule.post("/api/auth/resend-code", {"email": email})
            await vestibule.mails(email)
        if state == "guessed out":
            for _ in range(6):
                await vestibule.post("/api/auth/verify-email", wrong)
        if state == "used":
            done = await vestibule.post("/api/auth/verify-email", {"email": email, "code": code})
            assert done.status_code == 200
        if state == "expired":
            vestibule.clock.advance(25 * 3600 * 1_000_000)
        return code

    @pytest.fixture
    async def codes(self, start):
        async with start(**WITHOUT_LIMITS) as vestibule:
            yield vestibule, {state: await self.coded(vestibule, state) for state in ("expired", *self.STATES[1:5])}

    @staticmethod
    def request(vestibule, state: str, code: str):
        body = {"email": f"user{state.replace(' ', '')}@example.com", "code": code}
        return vestibule.post("/api/auth/verify-email", body)

    async def test_wrong_digits_are_refused_alike_at_the_same_cost(self, codes):
        vestibule, right = codes
        wrong = next(guess for guess in (f"{n:06}" for n in range(9)) if guess not in right.values())
        for state in self.STATES:
            await self.request(vestibule, state, wrong)
        with Trace(vestibule) as trace:
            shapes, taken = {}, {}
            for state in self.STATES:
                shapes[state] = Shape.of(await self.request(vestibule, state, wrong))
                taken[state] = trace.taken()
        for state in self.STATES:
            assert shapes[state] == shapes["none"], state
            assert taken[state] == taken["none"], state
        assert taken["none"].count("hash") == 1

    async def test_the_fifth_guess_is_compared_and_the_sixth_is_not(self, start):
        async with start(**WITHOUT_LIMITS) as vestibule:
            for wrong_first, status in ((4, 200), (5, 400)):
                state = f"tried{wrong_first}"
                code = await self.coded(vestibule, state)
                for _ in range(wrong_first):
                    await self.request(vestibule, state, "000000" if code != "000000" else "000001")
                assert (await self.request(vestibule, state, code)).status_code == status

    async def test_who_has_the_digits_hears_what_became_of_them(self, codes):
        vestibule, right = codes
        told = {state: (await self.request(vestibule, state, code)).json().get("code") for state, code in right.items()}
        assert told == {
            "alive": None, "used": "used_code", "expired": "expired_code",
            "replaced": "invalid_code", "guessed out": "invalid_code",
        }  # fmt: skip


class TestPrivateRegistration:
    @pytest.fixture
    async def private(self, start):
        async with start(REGISTRATION="private", **WITHOUT_LIMITS) as vestibule:
            for name in ("active", "pending"):
                await vestibule.register(name, address(name))
            await vestibule.mails()
            await vestibule.verify("active")
            yield vestibule

    async def test_new_and_known_addresses_are_answered_alike_at_the_same_cost(self, private):
        sends = {kind: register(private, kind) for kind in ("active", "pending", UNKNOWN)}
        comparison = Comparison(sends)
        await comparison.run(ROUNDS, warm_up=1)
        comparison.assert_same_shape()
        with Trace(private) as trace:
            taken = []
            for send in sends.values():
                await send()
                taken.append(trace.taken())
        assert taken[0] == taken[1] == taken[2]

    async def test_neither_signs_in_before_its_address_is_confirmed(self, private):
        for email in (address("active"), "new@example.com"):
            name = "taken" if email.startswith("active") else "newone"
            await private.register(name, email)
            await private.mails()
            answer = await private.post("/api/session", {"credential": name, "password": PASSWORD})
            assert answer.status_code in (401, 403)
            answer = await private.post("/api/auth/login", {"credential": name, "password": PASSWORD})
            assert answer.json()["code"] in ("invalid_credentials", "validation_failed")

    async def test_the_name_is_taken_afterwards_either_way(self, private):
        for email in (address("active"), "new@example.com"):
            name = "taken" if email.startswith("active") else "newone"
            await private.register(name, email)
            await private.mails()
            again = await private.register(name, "other@example.com")
            assert again.json()["errors"].keys() == {"username"}

    async def test_the_owner_of_a_known_address_gets_a_helpful_mail(self, private):
        await private.register("taken", address("active"))
        subjects = [mail["subject"] for mail in await private.mails(address("active"))]
        assert "You already have an account" in subjects

    async def test_who_asks_last_for_an_unconfirmed_address_gets_the_mail_that_works(self, private):
        await private.register("victim", address("pending"))
        mails = await private.mails(address("pending"))
        newer, older = (mail["codes"][0] for mail in mails[:2])
        wrong = await private.post("/api/auth/verify-email", {"email": address("pending"), "code": older})
        assert wrong.status_code in (400, 410) or older == newer
        right = await private.post("/api/auth/verify-email", {"email": address("pending"), "code": newer})
        assert right.json()["user"]["username"] == "victim"

    async def test_what_nobody_confirmed_is_removed_and_its_name_is_free_again(self, private):
        await private.register("taken", address("active"))
        await private.mails()
        private.clock.advance(8 * 24 * 3600 * 1_000_000)
        await private.services.operations.cleanup.sweep()
        left = await private.rows("SELECT username FROM users ORDER BY username")
        assert [row["username"] for row in left] == ["active"]
        assert (await private.register("taken", "someone@example.com")).status_code == 202


class TestLimits:
    async def test_known_and_unknown_identifiers_are_limited_at_the_same_count(self, start):
        async with start(LIMIT_LOGIN_ADDRESS="1000/1m", REGISTRATION="open") as vestibule:
            await vestibule.register()
            statuses = {
                email: [(await vestibule.log_in(email, "a wrong guess")).status_code for _ in range(15)]
                for email in ("alice@example.com", "nobody@example.com")
            }
            assert statuses["alice@example.com"] == statuses["nobody@example.com"]
            assert statuses["alice@example.com"][10] == 429

    async def test_mails_to_one_address_are_bounded_and_the_answer_stays_the_same(self, start):
        async with start(LIMIT_CODES="1000/1m") as vestibule:
            await vestibule.register()
            answers = [
                await vestibule.post("/api/auth/forgot-password", {"email": email})
                for _ in range(12)
                for email in ("alice@example.com", "nobody@example.com")
            ]
            assert len({(answer.status_code, answer.text) for answer in answers}) == 1
            assert len(await vestibule.mails("alice@example.com")) <= 5


class TestPasskeyOptions:
    async def test_name_no_passkey_of_anybody(self, populated):
        for kind in ("passkey-only", UNKNOWN):
            browser = populated.browser()
            begun = await browser.begin(address(kind))
            assert options_of(begun, "passkey")["publicKey"].get("allowCredentials", []) == []


def test_the_rank_test_tells_what_differs_from_what_does_not():
    alike = [n % 7 + n / 1000 for n in range(500)]
    assert mann_whitney(alike, [value + 0.0001 for value in alike]) > 0.5
    assert mann_whitney(alike, [value + 1 for value in alike]) < 1e-6

"""ASVS 7.5.1, 6.2.3: every request that needs a fresh proof, with every kind of account, session and claim of a proof."""

import pytest
from accounts import WITHOUT_LIMITS
from proving import MEMBERS, MINUTE, NOT_SENSITIVE, SENSITIVE, Person, person, verdict

from harness import PASSWORD
from vestibule.checks.guards import signed_in
from vestibule.routes import ROUTES
from vestibule.schemas.base import Password

LIMITS = WITHOUT_LIMITS | {"ACCOUNT_FAILURES": "10"}
CHANGE = "POST /api/auth/change-password"
WRONG = "a wrong guess at it"
GIVEN = {"absent": None, "empty": "", "wrong": WRONG, "right": PASSWORD}
# What the body gives, for an account with a password and one without: on an old session, then on a fresh one.
EXPECTED = {
    ("stale", "password"): {
        "absent": "reauth_required", "empty": "reauth_required", "wrong": "wrong_password", "right": "allowed",
    },
    ("stale", "none"): dict.fromkeys(GIVEN, "reauth_required"),
    ("fresh", "password"): {
        "absent": "allowed", "empty": "wrong_password", "wrong": "wrong_password", "right": "allowed",
    },
    ("fresh", "none"): {
        "absent": "allowed", "empty": "wrong_password", "wrong": "wrong_password", "right": "wrong_password",
    },
}  # fmt: skip
# A change of the password needs the current one of an account that has one, on a fresh session too (ASVS 6.2.3); for
# an account that has none there is no current one to be wrong.
EXPECTED_OF_CHANGE = {
    ("fresh", "password"): EXPECTED["fresh", "password"] | {"absent": "validation_failed"},
    ("fresh", "none"): dict.fromkeys(GIVEN, "allowed"),
}
ACCOUNTS = {
    "mailbox": (),
    "password": ("password",),
    "passkey": ("passkey",),
    "password and passkey": ("password", "passkey"),
    "password and app": ("password", "totp"),
    "password, passkey and app": ("password", "passkey", "totp"),
}
# How a session was proved a moment ago, and whether that is enough for an account that has these.
PROVED = [
    ("mailbox", ("email_code",), True),
    ("mailbox", ("email_link",), True),
    ("password", ("email_code",), False),
    ("password", ("email_link",), False),
    ("password", ("password",), True),
    ("passkey", ("email_code",), False),
    ("passkey", ("passkey",), True),
    ("password and passkey", ("email_code",), False),
    ("password and passkey", ("email_link",), False),
    ("password and passkey", ("password",), True),
    ("password and passkey", ("passkey",), True),
    ("password and app", ("password", "totp"), True),
    ("password and app", ("email_code", "password", "totp"), True),
    ("password, passkey and app", ("email_code", "passkey"), True),
]
SESSION_TYPES = pytest.mark.parametrize("session_type", ["cookie", "token"])


@pytest.fixture
async def vestibule(start):
    async with start(**LIMITS) as system:
        yield system


def name(route):
    return f"{route.method} {route.path}"


def proofs_in(route):
    """The members of a body that may be a proof of a signed-in caller: passwords, but for one that is new."""
    fields = getattr(route.body, "__struct_fields__", ())
    kinds = getattr(route.body, "__annotations__", {})
    return {field for field in fields if Password in (kinds[field], *getattr(kinds[field], "__args__", ()))} - {
        "new_password"
    }


class TestTable:
    def test_names_every_change_that_a_signed_in_caller_can_make(self):
        changes = {name(route) for route in ROUTES if route.guard is signed_in and route.method != "GET"}
        fresh = {name(route) for route in ROUTES if route.fresh is not None}
        assert fresh == set(SENSITIVE)
        assert changes - fresh == NOT_SENSITIVE

    def test_names_every_secret_that_a_body_may_give_as_a_proof(self):
        found = {name(route) for route in ROUTES if route.guard is signed_in and proofs_in(route)}
        assert found == set(MEMBERS)


class TestBody:
    """A member of the body is a proof after it was checked, and never for an account that has no such secret."""

    @SESSION_TYPES
    @pytest.mark.parametrize("age", ["stale", "fresh"])
    @pytest.mark.parametrize("has", ["password", "none"])
    async def test_proves_what_was_checked_and_nothing_else(self, vestibule, session_type, age, has):
        came, expected = {}, {}
        for route in SENSITIVE:
            for given in GIVEN if route in MEMBERS else ("absent",):
                who = await person(vestibule, session_type, *(("password",) if has == "password" else ()))
                vestibule.clock.advance(11 * MINUTE if age == "stale" else 0)
                came[route, given] = verdict(await who.attempt(route, GIVEN[given]))
                table = EXPECTED_OF_CHANGE if route == CHANGE and age == "fresh" else EXPECTED
                expected[route, given] = table[age, has][given]
        assert came == expected

    @SESSION_TYPES
    @pytest.mark.parametrize("given", list(GIVEN))
    async def test_a_password_is_half_of_what_a_second_factor_needs(self, vestibule, session_type, given):
        who = await person(vestibule, session_type, "password", "totp")
        vestibule.clock.advance(11 * MINUTE)
        for route in MEMBERS:
            assert verdict(await who.attempt(route, GIVEN[given])) == "reauth_required"

    @pytest.mark.parametrize("route", MEMBERS)
    async def test_wrong_ones_are_counted_and_a_fresh_session_does_not_forget_them(self, vestibule, route):
        who = await person(vestibule, "cookie", "password")
        for _ in range(10):
            assert verdict(await who.attempt(route, WRONG)) == "wrong_password"
            assert verdict(await who.attempt("PATCH /api/account")) == "allowed"
        assert verdict(await who.attempt(route, WRONG)) == "rate_limited"
        assert verdict(await who.attempt(route, PASSWORD)) == "rate_limited"

    async def test_a_right_one_forgets_the_wrong_ones_even_if_the_change_is_refused(self, vestibule):
        who = await person(vestibule, "cookie", "password")
        for _ in range(12):
            body = {"currentPassword": PASSWORD, "newPassword": "short"}
            assert (await who.send("POST", "/api/auth/change-password", body)).status_code == 422


class TestMethod:
    """A session proved by a mailbox alone does nothing to an account that holds more."""

    @SESSION_TYPES
    @pytest.mark.parametrize(("account", "proofs", "enough"), PROVED)
    async def test_decides_beside_the_time(self, vestibule, session_type, account, proofs, enough):
        came = {}
        who = await person(vestibule, session_type, *ACCOUNTS[account])
        await who.sign_in(*proofs)
        for route in SENSITIVE:
            if route == CHANGE and enough and "password" in ACCOUNTS[account]:
                continue
            if enough and route.startswith("DELETE /api/account"):
                # It would change what the next request meets.
                continue
            came[route] = verdict(await who.attempt(route))
        assert came == dict.fromkeys(came, "allowed" if enough else "reauth_required")

    async def test_a_passkey_stays_while_only_the_mailbox_was_shown(self, vestibule):
        owner = await person(vestibule, "cookie", "password", "passkey")
        thief = Person(vestibule, "cookie", name=owner.name)
        await thief.sign_in("email_code")
        passkey = (await thief.browser.get("/api/account/methods")).json()["passkeys"][0]["id"]
        refused = await thief.browser.send("DELETE", f"/api/account/passkeys/{passkey}")
        assert (refused.status_code, refused.json()["attempt"]["methods"]) == (403, ["passkey", "password"])

    @SESSION_TYPES
    async def test_a_right_password_in_the_body_is_a_proof_by_password(self, vestibule, session_type):
        for route in MEMBERS:
            who = await person(vestibule, session_type, "password", "passkey")
            await who.sign_in("email_code")
            assert verdict(await who.attempt(route, PASSWORD)) == "allowed"

    async def test_a_passkey_that_is_gone_counts_no_more(self, vestibule):
        who = await person(vestibule, "cookie", "password", "passkey")
        await who.sign_in("passkey")
        passkey = (await who.browser.get("/api/account/methods")).json()["passkeys"][0]["id"]
        assert (await who.browser.send("DELETE", f"/api/account/passkeys/{passkey}")).status_code == 200
        refused = await who.attempt("GET /api/account/export")
        assert refused.json()["attempt"]["methods"] == ["password"]

    async def test_a_password_that_is_gone_counts_for_the_session_that_removed_it(self, vestibule):
        who = await person(vestibule, "cookie", "password", "passkey")
        await who.sign_in("password")
        assert (await who.browser.send("DELETE", "/api/account/password")).status_code == 200
        assert verdict(await who.attempt("GET /api/account/export")) == "allowed"
        vestibule.clock.advance(11 * MINUTE)
        refused = await who.attempt("DELETE /api/account", PASSWORD)
        assert refused.json()["attempt"]["methods"] == ["passkey"]

    async def test_setting_up_an_app_makes_an_old_proof_no_younger(self, vestibule):
        who = await person(vestibule, "cookie", "password")
        vestibule.clock.advance(9 * MINUTE)
        await who.browser.add_totp(vestibule.clock)
        assert verdict(await who.attempt("GET /api/account/export")) == "allowed"
        vestibule.clock.advance(2 * MINUTE)
        assert verdict(await who.attempt("GET /api/account/export")) == "reauth_required"


class TestNoDeadEnd:
    """What a refusal offers is what lets the request through."""

    @SESSION_TYPES
    @pytest.mark.parametrize("account", ACCOUNTS)
    async def test_every_offered_method_is_accepted(self, vestibule, session_type, account):
        who = await person(vestibule, session_type, *ACCOUNTS[account])
        tried = set()
        while True:
            vestibule.clock.advance(11 * MINUTE)
            await who.refresh()
            refused = (await who.attempt("GET /api/account/export")).json()
            assert refused["code"] == "reauth_required"
            left = [method for method in refused["attempt"]["methods"] if method not in tried]
            if not left:
                break
            tried.add(left[0])
            second = ["totp"] if left[0] == "password" and "totp" in ACCOUNTS[account] else []
            await who.step_up(refused, left[0], *second)
            assert verdict(await who.attempt("GET /api/account/export")) == "allowed"
        expected = set(ACCOUNTS[account]) - {"totp"} or {"email_code", "email_link"}
        assert tried == expected

    async def test_a_lost_passkey_is_replaced_by_way_of_a_new_password(self, vestibule):
        owner = await person(vestibule, "cookie", "passkey")
        await owner.sign_in("email_code")
        assert verdict(await owner.attempt("POST /api/account/passkeys/options")) == "reauth_required"
        token = await vestibule.reset_token(owner.email)
        await vestibule.post("/api/auth/reset-password", {"token": token, "password": PASSWORD})
        await owner.sign_in("password")
        assert verdict(await owner.attempt("POST /api/account/passkeys/options")) == "allowed"

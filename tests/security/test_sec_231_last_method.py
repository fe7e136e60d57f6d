"""Case 231: of two changes at once, the second goes by what the first has left.

After every pair of requests at least one way in remains, and where a second factor is demanded there is one.
"""

import itertools
import json

import pytest
from holding import holding, side_by_side

from authenticator import Authenticator
from harness import PASSWORD, code_of, options_of
from vestibule.domain.device import Device
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.session import EndReason

MINUTE = 60_000_000


class Account:
    """Somebody signed in, and requests of theirs that are ready to be sent."""

    def __init__(self, vestibule, browser, user_id: str) -> None:
        self.vestibule, self.browser, self.user_id = vestibule, browser, user_id

    async def kinds(self) -> list[str]:
        rows = await self.vestibule.rows("SELECT kind FROM credentials WHERE user_id = $1", self.user_id)
        return [row["kind"] for row in rows]

    async def passkeys(self) -> list[str]:
        rows = await self.vestibule.rows(
            "SELECT id FROM credentials WHERE user_id = $1 AND kind = 'passkey' ORDER BY id", self.user_id
        )
        return [row["id"] for row in rows]

    async def state(self) -> dict:
        user = await self.vestibule.rows(
            "SELECT password_hash, second_factor_at FROM users WHERE id = $1", self.user_id
        )
        factors = await self.vestibule.rows(
            "SELECT id, name FROM credentials WHERE user_id = $1 ORDER BY id", self.user_id
        )
        return {**dict(user[0]), "factors": [(row["id"], row["name"]) for row in factors]}

    async def broken(self) -> list[str]:
        """The invariants that do not hold."""
        user = (await self.vestibule.rows("SELECT * FROM users WHERE id = $1", self.user_id))[0]
        rows = await self.vestibule.rows("SELECT kind, detail FROM credentials WHERE user_id = $1", self.user_id)
        kinds = {row["kind"] for row in rows}
        alone = any(row["kind"] == "passkey" and json.loads(row["detail"])["verifies"] for row in rows)
        has_factor = bool(kinds & {"passkey", "totp"})
        rules = {
            "a way in remains": user["password_hash"] is not None or alone,
            "a factor that is demanded is there": user["second_factor_at"] is None or has_factor,
            "an app stands beside a password": "totp" not in kinds or user["password_hash"] is not None,
            "recovery codes stand in for a factor": "recovery_code" not in kinds or has_factor,
        }
        return [rule for rule, holds in rules.items() if not holds]


async def _remove_password(account):
    return lambda: account.browser.send("DELETE", "/api/account/password")


async def _remove_passkey(account, which=0):
    found = await account.passkeys()
    passkey = found[which] if which < len(found) else "none"
    return lambda: account.browser.send("DELETE", f"/api/account/passkeys/{passkey}")


async def _remove_other_passkey(account):
    return await _remove_passkey(account, 1)


async def _remove_app(account):
    return lambda: account.browser.send("DELETE", "/api/account/totp")


async def _demand(account):
    return lambda: account.browser.send("PUT", "/api/account/second-factor", {"required": True})


async def _demand_no_more(account):
    return lambda: account.browser.send("PUT", "/api/account/second-factor", {"required": False})


async def _make_codes(account):
    return lambda: account.browser.post("/api/account/recovery-codes")


async def _add_app(account):
    begun = (await account.browser.post("/api/account/totp")).json()
    body = {"code": code_of(begun["secret"], account.vestibule.clock)} if "secret" in begun else {"code": "000000"}
    return lambda: account.browser.post(f"/api/account/totp/{begun.get('ceremony', 'none')}", body)


async def _add_passkey(account):
    begun = (await account.browser.post("/api/account/passkeys/options")).json()
    body = {"ceremony": begun["ceremony"], "credential": Authenticator().create(begun["publicKey"]), "name": "another"}
    return lambda: account.browser.post("/api/account/passkeys", body)


async def _rename_passkey(account):
    passkey = (await account.passkeys())[0]
    return lambda: account.browser.send("PATCH", f"/api/account/passkeys/{passkey}", {"name": "mine"})


async def _change_password(account):
    body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
    return lambda: account.browser.post("/api/auth/change-password", body)


REMOVALS = {
    "remove the password": _remove_password, "remove the passkey": _remove_passkey,
    "remove the other passkey": _remove_other_passkey, "remove the app": _remove_app,
}  # fmt: skip
CHANGES = REMOVALS | {
    "demand a factor": _demand, "demand none": _demand_no_more, "make codes": _make_codes, "add an app": _add_app,
    "change the password": _change_password,
}  # fmt: skip
PAIRS = [pair for pair in itertools.product(CHANGES, CHANGES) if REMOVALS.keys() & {*pair}]
ACCOUNTS = {
    "password and passkey": ("passkey",), "password and app": ("app",), "all three": ("passkey", "app"),
    "two passkeys alone": ("passkey", "passkey", "no password"),
}  # fmt: skip
_numbers = itertools.count()


async def account_with(vestibule, *parts: str) -> Account:
    name = f"racer{next(_numbers):04}"
    browser = vestibule.browser()
    await browser.register(name)
    await vestibule.verify(name)
    for part in parts:
        if part == "passkey":
            assert (await browser.add_passkey(Authenticator())).status_code == 201
        elif part == "app":
            await browser.add_totp(vestibule.clock)
        else:
            assert (await browser.send("DELETE", "/api/account/password")).status_code == 200
    user = (await vestibule.services.accounts.administration.find(name)).id
    return Account(vestibule, browser, user)


class TestPairs:
    async def test_of_the_last_two_ways_in_one_remains(self, unlimited):
        account = await account_with(unlimited, "passkey")
        pair = await _remove_password(account), await _remove_passkey(account)
        answers = await side_by_side(unlimited, account.user_id, *pair)
        # The second request came with the session's secret of before: sent again with the new one, it is too late.
        assert [answer.status_code for answer in answers] == [200, 401]
        again = await (await _remove_passkey(account))()
        assert (again.status_code, again.json()["code"]) == (409, "last_method")

    async def test_no_factor_is_demanded_that_is_just_removed(self, unlimited):
        account = await account_with(unlimited, "passkey")
        pair = await _remove_passkey(account), await _demand(account)
        answers = await side_by_side(unlimited, account.user_id, *pair)
        assert [answer.status_code for answer in answers] == [200, 409]
        assert await account.broken() == []

    @pytest.mark.parametrize("parts", ACCOUNTS.values(), ids=ACCOUNTS)
    async def test_of_changes_leave_a_way_in_and_the_factor_that_is_demanded(self, unlimited, parts):
        found = {}
        for first, second in PAIRS:
            account = await account_with(unlimited, *parts)
            pair = [await CHANGES[name](account) for name in (first, second)]
            answers = await side_by_side(unlimited, account.user_id, *pair)
            broken = await account.broken()
            broken += [str(answer.status_code) for answer in answers if answer.status_code >= 500]
            if broken:
                found[first, second] = broken
        assert found == {}


async def _disabled(work, account, now):
    await work.users.disable(account.user_id, now)


async def _deleted(work, account, now):
    await work.users.soft_delete(account.user_id, now)


async def _locked_down(work, account, now):
    await work.users.set_not_before(account.user_id, now)


async def _signed_out(work, account, now):
    await work.sessions.end_all(account.user_id, EndReason.ENDED_BY_USER, now)


ENDINGS = {"disabled": _disabled, "deleted": _deleted, "locked down": _locked_down, "signed out": _signed_out}


class TestEndedMeanwhile:
    """The request was let in before; the account or the session ended while it waited."""

    @pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
    async def test_nothing_changes_any_more(self, unlimited, ending):
        changes = CHANGES | {"add a passkey": _add_passkey, "rename the passkey": _rename_passkey}
        changes.pop("remove the other passkey")
        answered = {}
        for name, change in changes.items():
            parts = ("passkey",) if name in ("add an app", "remove the password") else ("passkey", "app")
            account = await account_with(unlimited, *parts)
            request, before = await change(account), await account.state()
            async with holding(unlimited, account.user_id) as held:
                await ending(held.work, account, unlimited.clock.now())
                await held.start(request)
            answered[name] = held.started[0].result().status_code, await account.state() == before
        assert answered == dict.fromkeys(changes, (401, True))


async def _user_id(vestibule) -> str:
    return (await vestibule.services.accounts.administration.find("alice")).id


class TestEnrolment:
    """Somebody with the password sets up the factor that the operator demands."""

    async def _enrolling(self, vestibule, method):
        browser, half = await vestibule.half_signed_in()
        options = options_of(half["attempt"], method)
        if method == "totp_enrolment":
            proof = {"code": code_of(options["secret"], vestibule.clock)}
        else:
            proof = {"credential": Authenticator().create(options["publicKey"])}
        return lambda: browser.step(half, method, **proof)

    @pytest.mark.parametrize("second", ["totp_enrolment", "passkey_enrolment"])
    @pytest.mark.parametrize("first", ["totp_enrolment", "passkey_enrolment"])
    async def test_of_two_at_once_one_is_taken(self, start, first, second):
        async with start(MFA="required") as vestibule:
            await vestibule.register()
            pair = await self._enrolling(vestibule, first), await self._enrolling(vestibule, second)
            answers = await side_by_side(vestibule, await _user_id(vestibule), *pair)
            assert sorted(answer.status_code for answer in answers) == [200, 401]
            assert len(await vestibule.rows("SELECT 1 FROM credentials")) == 1

    @pytest.mark.parametrize("method", ["totp_enrolment", "passkey_enrolment"])
    async def test_is_over_for_an_account_that_is_disabled_meanwhile(self, start, method):
        async with start(MFA="required") as vestibule:
            await vestibule.register()
            request, user_id = await self._enrolling(vestibule, method), await _user_id(vestibule)
            async with holding(vestibule, user_id) as held:
                await held.work.users.disable(user_id, vestibule.clock.now())
                await held.start(request)
            assert held.started[0].result().status_code == 401
            assert await vestibule.rows("SELECT 1 FROM credentials") == []


class TestClaim:
    """A mailed code proves the mailbox of an account whose address nobody had confirmed."""

    async def _signing_in(self, vestibule):
        await vestibule.register()
        browser = vestibule.browser()
        answer = await browser.begin()
        await browser.step(answer, "email_code")
        code = (await vestibule.mails("alice", "Sign in"))[0]["codes"][0]
        return lambda: browser.step(answer, "email_code", code=code)

    async def test_takes_nothing_from_an_account_that_has_another_address_by_now(self, vestibule):
        request, user_id = await self._signing_in(vestibule), await _user_id(vestibule)
        async with holding(vestibule, user_id) as held:
            await held.work.users.set_email_verified(user_id, "b@example.com", "b@example.com", vestibule.clock.now())
            await held.start(request)
            await held.work.one_time_codes.void(user_id, CodePurpose.SIGN_IN, vestibule.clock.now())
        assert held.started[0].result().status_code >= 400
        user = (await vestibule.rows("SELECT email, email_canonical, password_hash FROM users"))[0]
        assert (user["email"], user["email_canonical"]) == ("b@example.com", "b@example.com")
        assert user["password_hash"] is not None

    async def test_takes_nothing_from_an_account_that_was_confirmed_meanwhile(self, vestibule):
        request, user_id = await self._signing_in(vestibule), await _user_id(vestibule)
        address = "alice@example.com"
        async with holding(vestibule, user_id) as held:
            await held.work.users.set_email_verified(user_id, address, address, vestibule.clock.now())
            await held.start(request)
        assert held.started[0].result().status_code == 200
        assert (await vestibule.log_in()).status_code == 200, "the password is its owner's"


class TestRecovery:
    async def test_ends_no_factor_of_an_account_that_is_disabled_meanwhile(self, start):
        async with start(RECOVERY_DELAY="1d") as vestibule:
            await vestibule.with_app()
            user_id = await _user_id(vestibule)
            user = await vestibule.services.accounts.administration.find("alice")
            await vestibule.services.credentials.factor_recovery.start(user, Device())
            vestibule.clock.advance(25 * 60 * MINUTE)
            browser, half = await vestibule.half_signed_in()
            async with holding(vestibule, user_id) as held:
                await held.work.users.disable(user_id, vestibule.clock.now())
                await held.start(lambda: browser.step(half, "factor_recovery", confirm=True))
            assert held.started[0].result().status_code == 401
            assert await vestibule.rows("SELECT 1 FROM credentials WHERE kind = 'totp'") != []

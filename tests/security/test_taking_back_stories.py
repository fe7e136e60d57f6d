"""B1 to B9: how accounts were lost although their owners took them back, each as a story."""

import re

import pytest
from accounts import WITHOUT_LIMITS
from taken import NEW_PASSWORD, Account, a_change_of_address, a_new_passkey, an_api_key, link

from harness import PASSWORD


@pytest.fixture
def vestibule(unlimited):
    return unlimited


async def reset(account, address):
    token = await account.vestibule.link_token(address, "")
    body = {"token": token, "password": NEW_PASSWORD}
    answer = await account.vestibule.post("/api/auth/reset-password", body)
    assert answer.status_code == 200, answer.text


async def undo(account, letter=""):
    address = f"{account.name}-{letter}@example.com" if letter else f"{account.name}@example.com"
    return await account.vestibule.post("/api/account/undo-email", {"token": account.undo[address]})


async def is_in(account, email="alice@example.com"):
    return (await account.vestibule.log_in(email, NEW_PASSWORD)).status_code == 200


class TestB1PendingChange:
    @pytest.mark.parametrize("how", ["reset", "change", "lockdown", "end all"])
    async def test_of_address_ends_with_what_the_owner_does(self, vestibule, alice, how):
        confirm = await a_change_of_address(alice)
        if how == "reset":
            await vestibule.reset_token()
            await reset(alice, "alice@example.com")
        elif how == "change":
            body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
            assert (await alice.owner.post("/api/auth/change-password", body)).status_code == 200
        elif how == "lockdown":
            assert (await alice.owner.post("/api/account/lockdown")).status_code == 200
        else:
            assert (await alice.owner.send("DELETE", "/api/sessions?all=true")).status_code == 200
        assert not await confirm()
        assert (await alice.user()).email == "alice@example.com"

    async def test_of_one_s_own_unverified_address_is_none(self, vestibule):
        """The code that confirms the address of a new account outlives a change of its password."""
        browser = vestibule.browser()
        await browser.register("robert")
        code = next(mail for mail in await vestibule.mails("robert@example.com") if mail["codes"])["codes"][0]
        body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        assert (await browser.post("/api/auth/change-password", body)).status_code == 200
        answer = await browser.post("/api/auth/verify-email", {"email": "robert@example.com", "code": code})
        assert answer.status_code == 200


class TestB2UndoLinks:
    async def test_of_an_intruder_s_address_end_with_the_undo(self, vestibule, alice):
        await alice.move("b")
        await alice.move("c")
        assert (await undo(alice)).status_code == 200
        await reset(alice, "alice@example.com")
        assert (await undo(alice, "b")).status_code in (400, 410)
        assert (await alice.user()).email == "alice@example.com"
        assert await is_in(alice)

    async def test_to_an_older_address_stay(self, vestibule, alice):
        await alice.move("b")
        await alice.move("c")
        assert (await undo(alice, "b")).status_code == 200
        assert (await undo(alice)).status_code == 200
        assert (await alice.user()).email == "alice@example.com"


class TestB3Factors:
    async def test_added_since_an_address_was_changed_end_with_the_undo(self, vestibule, alice):
        await alice.move("b")
        passkey = await a_new_passkey(alice)
        await alice.owner.add_totp(vestibule.clock)
        assert (await undo(alice)).status_code == 200
        assert not await passkey()
        assert (await vestibule.log_in()).status_code == 401, "the old password opens nothing from the undo on"
        await reset(alice, "alice@example.com")
        assert await is_in(alice), "no app of the intruder's is asked for"

    async def test_older_ones_stay_demanded(self, vestibule, alice):
        await alice.owner.send("PUT", "/api/account/second-factor", {"required": True})
        vestibule.clock.advance(11 * 60_000_000)  # longer than a change of address can wait for its confirmation
        await alice.sign_in()
        await alice.move("b")
        assert (await undo(alice)).status_code == 200
        await reset(alice, "alice@example.com")
        assert (await vestibule.log_in(password=NEW_PASSWORD)).json()["code"] == "mfa_required"

    async def test_added_lately_end_with_a_lockdown(self, vestibule, alice):
        passkey = await a_new_passkey(alice)
        assert (await alice.owner.post("/api/account/lockdown")).status_code == 200
        assert not await passkey()
        left = await vestibule.rows("SELECT name FROM credentials WHERE user_id = $1", alice.user_id)
        assert [row["name"] for row in left] == ["old"]

    async def test_are_told_to_the_earlier_address_too_while_it_may_undo(self, vestibule, alice):
        await alice.move("b")
        await a_new_passkey(alice)
        for address in ("alice@example.com", "alice-b@example.com"):
            assert await vestibule.mails(address, "A passkey was added"), address
        vestibule.clock.advance(8 * 24 * 3600 * 1_000_000)
        alice.owner = vestibule.browser()
        assert (await alice.owner.sign_in("alice")).status_code == 200
        told = len(await vestibule.mails("alice@example.com", "A passkey was added"))
        await a_new_passkey(alice)
        assert len(await vestibule.mails("alice@example.com", "A passkey was added")) == told


class TestB4ApiKeys:
    async def test_of_an_unverified_account_end_when_its_owner_claims_it(self, vestibule):
        squatted = Account(vestibule, "carol")
        await squatted.register(verified=False)
        key = await an_api_key(squatted)
        assert await key()
        owner = vestibule.browser()
        begun = await owner.begin("carol")
        await owner.step(begun, "email_code")
        code = next(mail for mail in await vestibule.mails("carol", "Sign in") if mail["codes"])["codes"][0]
        assert (await owner.step(begun, "email_code", code=code)).status_code == 200
        assert not await key()
        assert (await owner.get("/api/account/api-keys")).json()["apiKeys"] == []


class TestB5Deletion:
    async def test_by_who_changed_the_address_is_undone_with_it(self, vestibule, alice):
        await alice.move("b")
        assert (await alice.owner.send("DELETE", "/api/account", {"password": PASSWORD})).status_code == 200
        for address in ("alice@example.com", "alice-b@example.com"):
            assert "#restore=" in (await vestibule.mails(address, "deleted"))[0]["text"]
        stale = link(await vestibule.mails("alice-b@example.com", "deleted"), "restore")
        assert (await undo(alice)).status_code == 200
        assert (await vestibule.post("/api/account/restore", {"token": stale})).status_code in (400, 410)
        await reset(alice, "alice@example.com")
        assert await is_in(alice)

    async def test_is_not_undone_after_its_grace(self, vestibule, start):
        async with start(**WITHOUT_LIMITS, DELETION_GRACE="1h") as short:
            account = Account(short, "dave")
            await account.register()
            await account.move("b")
            await account.owner.send("DELETE", "/api/account", {"password": PASSWORD})
            short.clock.advance(2 * 3600 * 1_000_000)
            assert (await undo(account)).json()["code"] == "expired_code"

    async def test_and_a_disabled_account_stays_disabled(self, vestibule, alice):
        await alice.move("b")
        await vestibule.services.accounts.administration.disable(await alice.user())
        assert (await undo(alice)).status_code == 400


class TestB6NotMeLinks:
    async def test_of_before_end_with_the_undo_and_the_reset(self, vestibule, alice):
        await alice.move("b")
        await a_new_passkey(alice)
        theirs = link(await vestibule.mails("alice-b@example.com"), "notMe")
        assert (await undo(alice)).status_code == 200
        await reset(alice, "alice@example.com")
        assert (await vestibule.post("/api/account/not-me", {"token": theirs})).status_code in (400, 410)
        assert await is_in(alice)

    async def test_tell_everybody_who_may_take_the_account_back(self, vestibule, alice):
        token = alice.alert
        await alice.move("b")
        assert (await vestibule.post("/api/account/not-me", {"token": token})).status_code == 200
        told = (await vestibule.mails("alice@example.com", "locked down"))[0]
        assert "#token=" not in told["text"]
        assert not await vestibule.mails("alice-b@example.com", "locked down")
        assert (await undo(alice)).status_code == 200


class TestB9Confirming:
    async def test_what_another_began_keeps_nothing_of_theirs(self, vestibule):
        squatter = Account(vestibule, "erin")
        await squatter.register(verified=False)
        key = await an_api_key(squatter)
        token = await vestibule.link_token("erin@example.com", "Confirm")
        assert (await vestibule.post("/api/auth/verify-email", {"token": token})).status_code == 200
        assert await squatter.owner.whoami() is None
        assert not await key()
        assert (await vestibule.log_in("erin@example.com")).status_code == 401

    @pytest.mark.parametrize("how", ["signed in", "says so", "digits"])
    async def test_one_s_own_keeps_the_password(self, vestibule, how):
        browser = vestibule.browser()
        await browser.register("frank")
        mail = (await vestibule.mails("frank@example.com"))[0]
        token = re.search(r"#token=(\S+)", mail["text"])[1]
        body = {"token": token}
        if how == "digits":
            body = {"email": "frank@example.com", "code": mail["codes"][0]}
        if how == "says so":
            body |= {"keepFactors": True}
        if how == "signed in":
            assert (await browser.post("/api/auth/verify-email", body)).status_code == 200
        else:
            assert (await vestibule.post("/api/auth/verify-email", body)).status_code == 200
        assert (await vestibule.log_in("frank@example.com")).status_code == 200


class TestWhatTheOwnerSees:
    async def test_is_in_the_email_and_in_the_activity(self, vestibule, alice):
        await a_change_of_address(alice)
        await an_api_key(alice)
        await vestibule.log_in()
        body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        assert (await alice.owner.post("/api/auth/change-password", body)).status_code == 200
        told = (await vestibule.mails("alice@example.com", "Your password was changed"))[0]["text"]
        for said in ("a pending change of address (1)", "sessions (", "Kept", "API keys (1)", "/account/security"):
            assert said in told, told
        events = (await alice.owner.get("/api/account/activity")).json()["events"]
        changed = next(event for event in events if event["action"] == "password.changed")
        assert "email_change=1" in changed["detail"]["taken_back"]
        assert changed["detail"]["kept"] == "factors=1 api_keys=1"

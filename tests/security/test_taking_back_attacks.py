"""Orders of events by which an intruder kept an account that its owner had taken back, each as a story."""

import json

import pytest
from holding import holding
from taken import DAY, NEW_PASSWORD, Account, a_demand, a_new_passkey, link

from harness import PASSWORD, options_of
from vestibule.domain.credential import CredentialKind
from vestibule.domain.session import EndReason

ALICE = "alice@example.com"
MINUTE = 60_000_000


@pytest.fixture
def vestibule(unlimited):
    return unlimited


async def undo(account, address):
    return await account.vestibule.post("/api/account/undo-email", {"token": account.undo[address]})


class TestAnOlderAlert:
    """The intruder adds a passkey, and causes an event whose own alert is younger than that."""

    async def fire(self, vestibule, alice, event):
        if event == "password change":
            body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
            assert (await alice.owner.post("/api/auth/change-password", body)).status_code == 200
        elif event == "reset":
            body = {"token": await vestibule.reset_token(), "password": NEW_PASSWORD}
            assert (await vestibule.post("/api/auth/reset-password", body)).status_code == 200
        elif event == "deletion and return":
            assert (await alice.owner.send("DELETE", "/api/account", {"password": PASSWORD})).status_code == 200
            token = link(await vestibule.mails(ALICE), "restore")
            assert (await vestibule.post("/api/account/restore", {"token": token})).status_code == 200
        else:
            await alice.move("b")
            assert (await undo(alice, ALICE)).status_code == 200

    @pytest.mark.parametrize("event", ["password change", "reset", "deletion and return", "move and undo"])
    async def test_still_takes_away_what_was_added_before_the_younger_event(self, vestibule, alice, event):
        passkey = await a_new_passkey(alice)
        alert = link(await vestibule.mails(ALICE), "notMe")
        vestibule.clock.advance(2 * DAY)
        await self.fire(vestibule, alice, event)
        assert (await vestibule.post("/api/account/not-me", {"token": alert})).status_code == 200
        assert not await passkey()

    async def test_that_went_to_an_address_since_undone_disowns_nothing(self, vestibule, alice):
        await alice.move("b")
        stranger = vestibule.browser()
        stranger.http.headers["User-Agent"] = "Another device/1.0"
        await stranger.sign_in("alice")
        alert = link(await vestibule.mails("alice-b@example.com"), "notMe")
        assert (await undo(alice, ALICE)).status_code == 200
        assert (await vestibule.post("/api/account/not-me", {"token": alert})).status_code == 400

    async def test_at_the_address_before_works_while_that_can_take_the_account_back(self, vestibule, alice):
        await alice.move("b")
        assert (await vestibule.post("/api/account/not-me", {"token": alice.alert})).status_code == 200


class TestUndo:
    async def test_reaches_back_to_before_the_change_was_requested(self, vestibule, alice):
        body = {"email": "thief@example.com", "currentPassword": PASSWORD}
        assert (await alice.owner.send("PATCH", "/api/account", body)).status_code == 200
        vestibule.clock.advance(2 * MINUTE)
        passkey = await a_new_passkey(alice)
        vestibule.clock.advance(2 * MINUTE)
        code = next(mail for mail in await vestibule.mails("thief@example.com") if mail["codes"])["codes"][0]
        confirm = {"email": "thief@example.com", "code": code}
        assert (await alice.owner.post("/api/auth/verify-email", confirm)).status_code == 200
        alice.undo[ALICE] = link(await vestibule.mails(ALICE), "email")
        assert (await undo(alice, ALICE)).status_code == 200
        assert not await passkey()

    @pytest.mark.parametrize("deleted", [False, True])
    async def test_is_not_stopped_by_a_registration_with_the_address(self, vestibule, alice, deleted):
        await alice.move("b")
        squatter = vestibule.browser()
        assert (await squatter.register("mallory", ALICE)).status_code == 201
        if deleted:
            assert (await squatter.send("DELETE", "/api/account", {"password": PASSWORD})).status_code == 200
        assert (await undo(alice, ALICE)).status_code == 200
        assert (await alice.user()).email == ALICE
        body = {"token": await vestibule.link_token(ALICE, ""), "password": NEW_PASSWORD}
        assert (await vestibule.post("/api/auth/reset-password", body)).status_code == 200
        assert (await vestibule.log_in(ALICE, NEW_PASSWORD)).json()["user"]["username"] == "alice"

    async def test_is_not_stopped_by_a_confirmed_owner_of_the_address(self, vestibule, alice):
        """Two people proved it, one after the other: nothing changes, and the link can be tried again."""
        await alice.move("b")
        await vestibule.register("mallory", ALICE)
        await vestibule.verify("mallory")
        assert (await undo(alice, ALICE)).status_code == 409
        assert (await alice.user()).email == "alice-b@example.com"


class TestAnAddressThatComesBack:
    async def back(self, vestibule, alice):
        body = {"email": ALICE, "currentPassword": PASSWORD}
        assert (await alice.owner.send("PATCH", "/api/account", body)).status_code == 200
        code = next(mail for mail in await vestibule.mails(ALICE) if mail["codes"])["codes"][0]
        assert (await alice.owner.post("/api/auth/verify-email", {"email": ALICE, "code": code})).status_code == 200

    async def test_takes_the_account_back_for_good(self, vestibule, alice):
        await alice.move("b")
        await alice.move("c")
        await self.back(vestibule, alice)
        for address in ("alice-b@example.com", "alice-c@example.com"):
            mails = [mail for mail in await vestibule.mails(address) if "#email=" in mail["text"]]
            for token in (link([mail], "email") for mail in mails):
                answer = await vestibule.post("/api/account/undo-email", {"token": token})
                assert answer.status_code in (400, 410), address
        assert (await alice.user()).email == ALICE

    async def test_can_be_taken_back_again_after_the_next_move(self, vestibule, alice):
        await alice.move("b")
        await self.back(vestibule, alice)
        alice.email = ALICE
        vestibule.clock.advance(2_000_000)
        await alice.move("b")
        assert (await undo(alice, ALICE)).status_code == 200

    async def test_keeps_how_far_its_undo_reaches_back(self, vestibule, alice):
        """What was added between the first move and the way back goes with the undo of the second move."""
        await alice.move("b")
        passkey = await a_new_passkey(alice)
        vestibule.clock.advance(30 * MINUTE)
        browser = vestibule.browser()
        await browser.sign_in("alice")
        alice.owner = browser
        await self.back(vestibule, alice)
        alice.email = ALICE
        vestibule.clock.advance(30 * MINUTE)
        await alice.move("c")
        assert (await undo(alice, ALICE)).status_code == 200
        assert not await passkey()

    async def test_is_this_very_address_and_no_other_that_compares_equal(self, vestibule):
        """strauß and strauss are two people's mailboxes."""
        account = Account(vestibule, "strauß")
        account.name = "strauss1"
        await account.register()
        await vestibule.run("UPDATE users SET email = 'strauß@example.com', email_canonical = 'strauss@example.com'")
        browser = account.owner
        for new in ("strauss@example.com", "STRAUSS@example.com"):
            body = {"email": new, "currentPassword": PASSWORD}
            assert (await browser.send("PATCH", "/api/account", body)).status_code == 200
            code = next(mail for mail in await vestibule.mails(new) if mail["codes"])["codes"][0]
            assert (await browser.post("/api/auth/verify-email", {"email": new, "code": code})).status_code == 200
            vestibule.clock.advance(2_000_000)
        rows = await vestibule.rows(
            "SELECT bound_value FROM one_time_codes WHERE purpose = 'email_undo' AND voided_at IS NULL"
        )
        assert "strauß@example.com" in {row["bound_value"] for row in rows}


class TestAFreedAddress:
    async def test_gets_no_code_by_which_its_squatter_would_own_it(self, vestibule, alice):
        await alice.move("b")
        squatter = vestibule.browser()
        await squatter.register("mallory", ALICE)
        assert (await undo(alice, ALICE)).status_code == 200
        before = len(await vestibule.mails(ALICE, "Sign in"))
        browser = vestibule.browser()
        await browser.step(await browser.begin("mallory"), "email_link", send=True)
        assert len(await vestibule.mails(ALICE, "Sign in")) == before

    async def test_can_be_taken_by_its_reader_although_a_registration_has_it(self, vestibule, alice):
        await vestibule.register("mallory", "new@example.com")
        body = {"email": "new@example.com", "currentPassword": PASSWORD}
        assert (await alice.owner.send("PATCH", "/api/account", body)).status_code == 200
        code = next(mail for mail in await vestibule.mails("new@example.com", "Confirm") if mail["codes"])["codes"][0]
        confirm = {"email": "new@example.com", "code": code}
        assert (await alice.owner.post("/api/auth/verify-email", confirm)).status_code == 200
        assert (await alice.user()).email == "new@example.com"


class TestUndoOfAnOwnersMove:
    async def test_clears_the_demand_together_with_the_factor(self, vestibule, alice):
        """Added while the change of address waited: without it, the owner would wait for the recovery."""
        body = {"email": "thief@example.com", "currentPassword": PASSWORD}
        assert (await alice.owner.send("PATCH", "/api/account", body)).status_code == 200
        vestibule.clock.advance(MINUTE)
        await alice.owner.add_totp(vestibule.clock)
        vestibule.clock.advance(MINUTE)
        code = next(mail for mail in await vestibule.mails("thief@example.com") if mail["codes"])["codes"][0]
        confirm = {"email": "thief@example.com", "code": code}
        assert (await alice.owner.post("/api/auth/verify-email", confirm)).status_code == 200
        alice.undo[ALICE] = link(await vestibule.mails(ALICE), "email")
        assert (await undo(alice, ALICE)).status_code == 200
        assert (await alice.user()).second_factor_at is None


class TestLockdown:
    async def test_by_an_intruder_leaves_it_although_an_older_one_lives(self, vestibule, alice):
        """The owner moved away from a mailbox that they cannot read any more."""
        await alice.move("a")
        vestibule.clock.advance(2 * DAY)
        browser = vestibule.browser()
        await browser.sign_in("alice")
        alice.owner = browser
        await alice.move("b")
        assert (await alice.owner.post("/api/account/lockdown")).status_code == 200
        assert (await undo(alice, "alice-a@example.com")).status_code == 200

    async def test_by_an_intruder_leaves_the_owner_s_undo_link(self, vestibule, alice):
        """The owner changed the address long ago: that link is expired, and no way back in place of the newer one."""
        await alice.move("a")
        vestibule.clock.advance(8 * DAY)
        browser = vestibule.browser()
        await browser.sign_in("alice")
        alice.owner = browser
        await alice.move("b")
        assert (await alice.owner.post("/api/account/lockdown")).status_code == 200
        assert (await undo(alice, "alice-a@example.com")).status_code == 200


CHANGES = {
    "delete": ("DELETE", "/api/account", {"password": PASSWORD}),
    "profile": ("PATCH", "/api/account", {"name": "Mallory"}),
    "lockdown": ("POST", "/api/account/lockdown", None),
}


class TestARequestThatCameBefore:
    @pytest.mark.parametrize("change", CHANGES)
    async def test_changes_nothing_once_its_session_ended(self, vestibule, alice, change):
        method, path, body = CHANGES[change]
        before = (await vestibule.rows("SELECT * FROM users WHERE id = $1", alice.user_id))[0]["updated_at"]
        async with holding(vestibule, alice.user_id) as held:
            await held.start(lambda: alice.owner.send(method, path, body))
            await held.work.sessions.end_all(alice.user_id, EndReason.LOCKED_DOWN, vestibule.clock.now())
        assert held.started[0].result().status_code == 401
        user = (await vestibule.rows("SELECT * FROM users WHERE id = $1", alice.user_id))[0]
        assert (user["deleted_at"], user["name"], user["updated_at"]) == (None, None, before)
        assert user["password_hash"] is not None

    @pytest.mark.parametrize("change", CHANGES)
    async def test_changes_nothing_once_the_password_was_replaced(self, vestibule, alice, change):
        method, path, body = CHANGES[change]
        async with holding(vestibule, alice.user_id) as held:
            await held.start(lambda: alice.owner.send(method, path, body))
            await held.work.users.set_password(alice.user_id, "another hash", vestibule.clock.now())
        assert held.started[0].result().status_code == 401
        user = (await vestibule.rows("SELECT * FROM users WHERE id = $1", alice.user_id))[0]
        assert (user["deleted_at"], user["name"], user["password_hash"]) == (None, None, "another hash")

    async def test_is_judged_by_the_account_as_it_is_when_its_body_has_come(self, vestibule, alice):
        """The client decides when that is, up to 15 seconds after its headers."""
        token = await alice.owner.csrf()

        async def late():
            async with vestibule.database.writing() as work:
                await work.sessions.end_all(alice.user_id, EndReason.LOCKED_DOWN, vestibule.clock.now())
            yield json.dumps({"password": PASSWORD}).encode()

        headers = {"Content-Type": "application/json", "XSRF-Token": token}
        answer = await alice.owner.http.request("DELETE", "/api/account", content=late(), headers=headers)
        assert answer.status_code == 401
        assert (await alice.user()).deleted_at is None


class TestAProof:
    async def test_of_the_password_before_a_reset_is_not_stored_after_it(self, vestibule, alice):
        await a_demand(alice)
        browser = vestibule.browser()
        begun = await browser.begin("alice")
        async with holding(vestibule, alice.user_id) as held:
            await held.start(lambda: browser.step(begun, "password", password=PASSWORD))
            await held.work.users.set_password(alice.user_id, "another hash", vestibule.clock.now())
        assert held.started[0].result().status_code == 401
        assert (
            await vestibule.rows("SELECT 1 FROM login_attempts WHERE user_id = $1 AND evidence <> '[]'", alice.user_id)
            == []
        )

    async def test_by_one_request_is_not_stored_after_it_either(self, vestibule, alice):
        await a_demand(alice)
        async with holding(vestibule, alice.user_id) as held:
            await held.start(vestibule.log_in)
            await held.work.users.set_password(alice.user_id, "another hash", vestibule.clock.now())
        answer = held.started[0].result().json()
        assert answer["code"] != "mfa_required"

    async def test_by_a_passkey_makes_no_session_once_the_account_was_taken_back(self, vestibule, alice):
        browser = vestibule.browser()
        begun = await browser.begin("alice")
        answer = alice.old_passkey.get(options_of(begun, "passkey")["publicKey"])
        async with holding(vestibule, alice.user_id) as held:
            await held.start(lambda: browser.step(begun, "passkey", credential=answer))
            await held.work.users.set_not_before(alice.user_id, vestibule.clock.now())
            await held.work.credentials.remove_kind(alice.user_id, CredentialKind.PASSKEY)
        assert held.started[0].result().status_code in (401, 404)


class TestAMailedCode:
    async def test_is_not_sent_to_an_address_that_the_account_was_taken_back_from(self, vestibule, alice):
        await alice.move("b")
        browser = vestibule.browser()
        await browser.step(await browser.begin("alice"), "email_code")
        async with holding(vestibule, alice.user_id) as held:
            await held.start(vestibule.services.records.outbox.flush)
            await held.work.users.set_email_verified(alice.user_id, ALICE, ALICE, vestibule.clock.now())
        assert await vestibule.mails("alice-b@example.com", "Sign in") == []


class TestAnOperator:
    async def test_who_deleted_an_account_is_not_undone_by_a_link(self, vestibule, alice):
        await alice.move("b")
        users = vestibule.services.accounts.administration
        assert await users.delete(await users.find("alice"))
        assert (await undo(alice, ALICE)).status_code == 400
        assert (await alice.user()).deleted_at is not None

"""Signing in with a passkey: alone, beside a password, and against everything that pretends to be one."""

import asyncio

import pytest

from authenticator import BS, Authenticator, b64
from harness import PASSWORD, options_of

MINUTE = 60_000_000


@pytest.fixture
async def alice(vestibule):
    """Alice's browser, signed in, and her phone with a passkey."""
    browser, phone = vestibule.browser(), Authenticator()
    await browser.register()
    assert (await browser.add_passkey(phone, "My phone")).status_code == 201
    return browser, phone


async def passkey_step(browser, answer, phone, **lies):
    credential = phone.get(options_of(answer, "passkey")["publicKey"], **lies)
    return await browser.step(answer, "passkey", credential=credential)


class TestSigningIn:
    async def test_without_a_name_and_without_a_password(self, vestibule, alice):
        _, phone = alice
        browser = vestibule.browser()
        answer = await browser.begin("")
        assert options_of(answer, "passkey")["publicKey"]["allowCredentials"] == []
        done = await passkey_step(browser, answer, phone)
        assert (done.status_code, done.json()["status"]) == (200, "signed_in")
        assert (await browser.whoami())["username"] == "alice"
        session = (await vestibule.rows("SELECT amr, aal FROM sessions ORDER BY id DESC LIMIT 1"))[0]
        assert (session["amr"], session["aal"]) == ('["hwk", "mfa"]', 2)

    async def test_through_the_token_door(self, vestibule, alice):
        _, phone = alice
        begun = (await vestibule.post("/api/login", {"sessionType": "token"})).json()
        credential = phone.get(options_of(begun, "passkey")["publicKey"])
        body = {"method": "passkey", "secret": begun["attempt"]["secret"], "credential": credential}
        done = (await vestibule.post(f"/api/login/{begun['attempt']['id']}/steps", body)).json()
        headers = {"Authorization": f"Bearer {done['accessToken']}"}
        assert (await vestibule.get("/api/account", **headers)).json()["user"]["username"] == "alice"

    async def test_a_synced_passkey_says_so(self, vestibule):
        browser, phone = vestibule.browser(), Authenticator(synced=True)
        await browser.register()
        assert (await browser.add_passkey(phone)).json()["passkey"]["synced"] is True
        await passkey_step(browser, await browser.begin(""), phone)
        rows = await vestibule.rows("SELECT amr FROM sessions ORDER BY id DESC LIMIT 1")
        assert rows[0]["amr"] == '["swk", "mfa"]'

    async def test_the_answer_names_the_same_steps_for_everybody(self, vestibule, alice):
        known, unknown = [await vestibule.browser().begin(name) for name in ("alice", "nobody")]
        assert [step["method"] for step in known["steps"]] == [step["method"] for step in unknown["steps"]]
        assert options_of(known, "passkey")["publicKey"]["allowCredentials"] == []
        assert known.keys() == unknown.keys()


class TestHostileAnswers:
    @pytest.mark.parametrize(
        "lies",
        [
            {"origin": "https://evil.example"},
            {"origin": "http://localhost:8001"},
            {"rp_id": "evil.example"},
            {"challenge": b64(bytes(32))},
            {"kind": "webauthn.create"},
            {"handle": b"user_01k00000000000000000000000"},
        ],
        ids=["origin", "port", "rp-id", "challenge", "ceremony", "user-handle"],
    )
    async def test_a_lie_is_refused_and_makes_no_session(self, vestibule, alice, lies):
        _, phone = alice
        browser = vestibule.browser()
        refused = await passkey_step(browser, await browser.begin(""), phone, **lies)
        assert (refused.status_code, refused.json()["code"]) == (401, "passkey_refused")
        assert await browser.whoami() is None

    async def test_a_person_who_was_not_verified_does_not_sign_in_with_a_passkey_alone(self, vestibule, alice):
        _, phone = alice
        phone.verifies = False
        browser = vestibule.browser()
        refused = await passkey_step(browser, await browser.begin(""), phone)
        assert refused.json()["code"] == "passkey_refused"

    async def test_a_person_who_was_not_there_does_not(self, vestibule, alice):
        _, phone = alice
        phone.present = False
        browser = vestibule.browser()
        assert (await passkey_step(browser, await browser.begin(""), phone)).json()["code"] == "passkey_refused"

    async def test_flags_that_cannot_be_are_refused(self, vestibule, alice):
        _, phone = alice
        phone.lying_flags = BS  # backed up, but not able to be
        browser = vestibule.browser()
        assert (await passkey_step(browser, await browser.begin(""), phone)).json()["code"] == "passkey_refused"

    async def test_the_challenge_of_a_step_up_signs_nobody_in(self, vestibule, alice):
        owner, phone = alice
        vestibule.clock.advance(11 * MINUTE)
        refused = (await owner.post("/api/account/passkeys/options")).json()
        stolen = options_of(refused["attempt"], "passkey")["publicKey"]["challenge"]
        browser = vestibule.browser()
        lie = await passkey_step(browser, await browser.begin(""), phone, challenge=stolen)
        assert lie.json()["code"] == "passkey_refused"

    async def test_a_challenge_counts_once(self, vestibule, alice):
        _, phone = alice
        browser = vestibule.browser()
        answer = await browser.begin("")
        credential = phone.get(options_of(answer, "passkey")["publicKey"], origin="https://evil.example")
        assert (await browser.step(answer, "passkey", credential=credential)).status_code == 401
        honest = phone.get(options_of(answer, "passkey")["publicKey"])
        assert (await browser.step(answer, "passkey", credential=honest)).json()["code"] == "passkey_refused"
        fresh = (await browser.step(answer, "passkey")).json()
        assert (await passkey_step(browser, fresh, phone)).json()["status"] == "signed_in"

    async def test_an_answer_of_another_attempt_is_refused(self, vestibule, alice):
        _, phone = alice
        browser = vestibule.browser()
        first = await browser.begin("")
        credential = phone.get(options_of(first, "passkey")["publicKey"])
        second = await browser.begin("")
        assert (await browser.step(second, "passkey", credential=credential)).json()["code"] == "passkey_refused"

    async def test_an_answer_is_good_in_the_browser_that_began_only(self, vestibule, alice):
        _, phone = alice
        answer = await vestibule.browser().begin("")
        thief = vestibule.browser()
        assert (await passkey_step(thief, answer, phone)).json()["code"] == "invalid_attempt"

    async def test_an_unknown_passkey_is_404_so_that_the_browser_may_forget_it(self, vestibule, alice):
        stranger = Authenticator()
        stranger.create({"user": {"id": b64(b"x")}, "rp": {"id": "localhost"}, "challenge": b64(bytes(32))})
        browser = vestibule.browser()
        refused = await passkey_step(browser, await browser.begin(""), stranger)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_passkey")

    async def test_a_counter_that_goes_back_is_refused_and_told(self, vestibule):
        browser, key = vestibule.browser(), Authenticator(counts=True)
        await browser.register()
        await browser.add_passkey(key, "Key")
        assert (await passkey_step(browser, await browser.begin(""), key, count=5)).status_code == 200
        clone = await passkey_step(browser, await browser.begin(""), key, count=5)
        assert clone.json()["code"] == "passkey_refused"
        assert await vestibule.mails("alice", "refused one of your passkeys")
        assert (await passkey_step(browser, await browser.begin(""), key, count=6)).status_code == 200

    @pytest.mark.parametrize("credential", [{}, {"id": 5}, {"id": "x", "response": []}, {"id": "A" * 2000}])
    async def test_nonsense_is_refused(self, vestibule, alice, credential):
        browser = vestibule.browser()
        refused = await browser.step(await browser.begin(""), "passkey", credential=credential)
        assert refused.status_code in (401, 404)

    async def test_fifty_copies_of_one_answer_have_one_winner(self, vestibule, alice):
        _, phone = alice
        browser = vestibule.browser()
        answer = await browser.begin("")
        credential = phone.get(options_of(answer, "passkey")["publicKey"])
        before = len(await vestibule.rows("SELECT 1 FROM sessions"))
        answers = await asyncio.gather(*(browser.step(answer, "passkey", credential=credential) for _ in range(50)))
        assert sum(found.status_code == 200 for found in answers) == 1
        assert all(found.status_code < 500 for found in answers)
        assert len(await vestibule.rows("SELECT 1 FROM sessions")) == before + 1


class TestManaging:
    async def test_names_come_from_the_authenticator(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        bitwarden = Authenticator(aaguid=bytes.fromhex("d548826e79b4db40a3d811116f7e8349"))
        assert (await browser.add_passkey(bitwarden)).json()["passkey"]["name"] == "Bitwarden"

    async def test_rename_and_remove(self, vestibule, alice):
        browser, phone = alice
        passkey = (await browser.get("/api/account/methods")).json()["passkeys"][0]
        assert passkey["name"] == "My phone"
        await browser.send("PATCH", f"/api/account/passkeys/{passkey['id']}", {"name": "Old phone"})
        assert (await browser.get("/api/account/methods")).json()["passkeys"][0]["name"] == "Old phone"
        assert (await browser.send("DELETE", f"/api/account/passkeys/{passkey['id']}")).status_code == 200
        other = vestibule.browser()
        assert (await passkey_step(other, await other.begin(""), phone)).json()["code"] == "unknown_passkey"
        assert await vestibule.mails("alice", "A passkey was removed")

    async def test_another_users_passkey_cannot_be_touched(self, vestibule, alice):
        browser, _ = alice
        passkey = (await browser.get("/api/account/methods")).json()["passkeys"][0]["id"]
        mallory = vestibule.browser()
        await mallory.register("mallory")
        for method, body in (("DELETE", None), ("PATCH", {"name": "mine"})):
            refused = await mallory.send(method, f"/api/account/passkeys/{passkey}", body)
            assert refused.status_code == 404

    async def test_a_passkey_is_registered_once(self, vestibule, alice):
        browser, phone = alice
        begun = (await browser.post("/api/account/passkeys/options")).json()
        assert begun["publicKey"]["excludeCredentials"]
        made = phone.create(begun["publicKey"])
        body = {"ceremony": begun["ceremony"], "credential": made}
        assert (await browser.post("/api/account/passkeys", body)).status_code == 201
        assert (await browser.post("/api/account/passkeys", body)).json()["code"] == "invalid_attempt"

    @pytest.mark.parametrize(("conditional", "status"), [(True, 201), (False, 401)])
    async def test_only_a_password_manager_may_make_one_while_nobody_touches_anything(
        self, vestibule, conditional, status
    ):
        browser, manager = vestibule.browser(), Authenticator(present=False, verifies=False, synced=True)
        await browser.register()
        begun = (await browser.post("/api/account/passkeys/options")).json()
        made = manager.create(begun["publicKey"])
        body = {"ceremony": begun["ceremony"], "credential": made, "conditional": conditional}
        assert (await browser.post("/api/account/passkeys", body)).status_code == status

    async def test_a_ceremony_of_another_session_adds_nothing(self, vestibule, alice):
        browser, _ = alice
        begun = (await browser.post("/api/account/passkeys/options")).json()
        mallory = vestibule.browser()
        await mallory.register("mallory")
        made = Authenticator().create(begun["publicKey"])
        body = {"ceremony": begun["ceremony"], "credential": made}
        assert (await mallory.post("/api/account/passkeys", body)).json()["code"] == "invalid_attempt"

    async def test_a_registration_challenge_signs_nobody_in(self, vestibule, alice):
        browser, phone = alice
        begun = (await browser.post("/api/account/passkeys/options")).json()
        other = vestibule.browser()
        lie = await passkey_step(other, await other.begin(""), phone, challenge=begun["publicKey"]["challenge"])
        assert lie.json()["code"] == "passkey_refused"


class TestWithoutAPassword:
    async def register(self, vestibule, phone, username="bobby"):
        browser = vestibule.browser()
        begun = await browser.post("/api/registration", {"username": username, "email": f"{username}@example.com"})
        made = phone.create(begun.json()["publicKey"])
        path = f"/api/registration/{begun.json()['attempt']['id']}"
        return browser, await browser.post(path, {"credential": made})

    async def test_an_account_begins_with_a_passkey(self, vestibule):
        phone = Authenticator()
        browser, done = await self.register(vestibule, phone)
        assert (done.status_code, done.json()["status"]) == (200, "signed_in")
        methods = (await browser.get("/api/account/methods")).json()
        assert (methods["password"], len(methods["passkeys"])) == (False, 1)
        other = vestibule.browser()
        assert (await passkey_step(other, await other.begin(""), phone)).json()["status"] == "signed_in"

    @pytest.mark.parametrize("password", ["", " ", "null", "None", PASSWORD])
    async def test_no_password_opens_it(self, vestibule, password):
        await self.register(vestibule, Authenticator())
        refused = await vestibule.log_in("bobby@example.com", password)
        expected = (401, "invalid_credentials") if password else (422, "validation_failed")  # an empty one is missing
        assert (refused.status_code, refused.json()["code"]) == expected

    async def test_a_key_that_does_not_verify_its_user_cannot_stand_alone(self, vestibule):
        key = Authenticator(verifies=False)
        _, refused = await self.register(vestibule, key)
        assert (refused.status_code, refused.json()["code"]) == (401, "passkey_refused")
        assert await vestibule.rows("SELECT 1 FROM users") == []
        browser = vestibule.browser()
        await browser.register()
        await browser.add_passkey(key)
        assert (await browser.send("DELETE", "/api/account/password")).json()["code"] == "last_method"
        await browser.add_passkey(Authenticator())
        assert (await browser.send("DELETE", "/api/account/password")).status_code == 200
        passkeys = (await browser.get("/api/account/methods")).json()["passkeys"]
        refused = await browser.send("DELETE", f"/api/account/passkeys/{passkeys[1]['id']}")
        assert refused.json()["code"] == "last_method"
        assert (await browser.send("DELETE", f"/api/account/passkeys/{passkeys[0]['id']}")).status_code == 200

    async def test_the_last_way_in_stays(self, vestibule):
        browser, _ = await self.register(vestibule, Authenticator())
        passkey = (await browser.get("/api/account/methods")).json()["passkeys"][0]["id"]
        refused = await browser.send("DELETE", f"/api/account/passkeys/{passkey}")
        assert (refused.status_code, refused.json()["code"]) == (409, "last_method")

    async def test_a_taken_name_is_named_before_anybody_touches_a_key(self, vestibule):
        await vestibule.register("bobby")
        browser = vestibule.browser()
        refused = await browser.post("/api/registration", {"username": "bobby", "email": "new@example.com"})
        assert (refused.status_code, refused.json()["errors"].keys()) == (409, {"username"})

    async def test_in_private_mode_a_taken_address_looks_like_a_new_one(self, start):
        async with start(REGISTRATION="private") as vestibule:
            await vestibule.register("alice")
            await vestibule.mails()
            await vestibule.verify()
            answers = []
            for name, email in (("newname", "alice@example.com"), ("newnames", "new@example.com")):
                browser = vestibule.browser()
                begun = await browser.post("/api/registration", {"username": name, "email": email})
                made = Authenticator().create(begun.json()["publicKey"])
                done = await browser.post(f"/api/registration/{begun.json()['attempt']['id']}", {"credential": made})
                answers.append((begun.status_code, done.status_code, done.json()))
            assert answers[0] == answers[1]
            assert answers[0][1] == 202
            assert await vestibule.mails("alice", "You already have an account")

    async def test_a_password_can_be_added_and_taken_away(self, vestibule):
        phone = Authenticator()
        browser, _ = await self.register(vestibule, phone)
        body = {"newPassword": PASSWORD}
        assert (await browser.post("/api/auth/change-password", body)).status_code == 200
        assert (await vestibule.log_in("bobby@example.com")).status_code == 200
        assert (await browser.send("DELETE", "/api/account/password")).status_code == 200
        assert (await vestibule.log_in("bobby@example.com")).status_code == 401
        assert (await browser.whoami())["username"] == "bobby"

    async def test_a_password_without_a_passkey_cannot_be_taken_away(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        assert (await browser.send("DELETE", "/api/account/password")).json()["code"] == "last_method"

    async def test_a_registration_is_bound_to_its_browser_and_counts_once(self, vestibule):
        browser = vestibule.browser()
        begun = (await browser.post("/api/registration", {"username": "carol", "email": "c@example.com"})).json()
        made = Authenticator().create(begun["publicKey"])
        path = f"/api/registration/{begun['attempt']['id']}"
        assert (await vestibule.browser().post(path, {"credential": made})).json()["code"] == "invalid_attempt"
        assert (await browser.post(path, {"credential": made})).status_code == 200
        assert (await browser.post(path, {"credential": made})).json()["code"] == "invalid_attempt"


class TestWellKnown:
    async def test_password_managers_find_the_page(self, vestibule):
        found = (await vestibule.get("/.well-known/passkey-endpoints")).json()
        assert found == {
            "enroll": "http://localhost:8000/account/security",
            "manage": "http://localhost:8000/account/security",
        }

    async def test_related_origins_are_the_configured_ones(self, start):
        async with start(PASSKEY_ORIGINS="https://app.example") as vestibule:
            found = (await vestibule.get("/.well-known/webauthn")).json()
            assert found == {"origins": ["http://localhost:8000", "https://app.example"]}

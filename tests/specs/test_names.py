"""First name, last name and name: optional at every registration, the owner's to change, and shown to others as one."""

import asyncio

import pytest

from authenticator import Authenticator
from harness import PASSWORD, bearer, running
from vestibule.db import migrate, url
from vestibule.domain.device import Device
from vestibule.services.accounts.account import ProfileChange

ADA = {"username": "countess", "email": "ada@example.com"}
BOTH = {"firstName": "Ada", "lastName": "Lovelace"}
DAY = 24 * 3600 * 1_000_000
REGISTRATIONS = ("/api/auth/register", "/api/users", "/api/registration")
MEMBERS = ("firstName", "lastName", "name")
BAD = ("x" * 101, "a\nb", "a\u202eb", "zero\u200bwidth", "\u3164", "\x7f")
OLDER_COLUMNS = "id, username, username_canonical, email, email_canonical, created_at, updated_at, not_before, metadata"


def body_for(path, **more):
    return ADA | ({} if path == "/api/registration" else {"password": PASSWORD}) | more


def names_of(user):
    return tuple(user[member] for member in MEMBERS)


async def registered(vestibule, **names):
    browser = vestibule.browser()
    answer = await browser.post("/api/users", body_for("/api/users", **names))
    assert answer.status_code == 201, answer.text
    return browser, answer.json()["user"]


async def changed(browser, **members):
    answer = await browser.send("PATCH", "/api/account", members)
    assert answer.status_code == 200, answer.text
    return names_of(answer.json()["user"])


class TestRegistration:
    @pytest.mark.parametrize(
        ("given", "names"),
        [
            (BOTH, ("Ada", "Lovelace", "Ada Lovelace")),
            ({"firstName": "Ada"}, ("Ada", None, "Ada")),
            ({"lastName": "Lovelace"}, (None, "Lovelace", "Lovelace")),
            ({"name": "Ada L."}, (None, None, "Ada L.")),
            (BOTH | {"name": "Countess"}, ("Ada", "Lovelace", "Countess")),
            ({"firstName": "  Ada\u3000", "lastName": ""}, ("Ada", None, "Ada")),
            (dict.fromkeys(MEMBERS), (None, None, None)),
            ({"name": "   "}, (None, None, None)),
            ({}, (None, None, None)),
        ],
    )
    async def test_takes_the_names_it_is_sent_and_needs_none(self, vestibule, given, names):
        answer = await vestibule.post("/api/auth/register", body_for("/api/auth/register", **given))
        assert (answer.status_code, names_of(answer.json()["user"])) == (201, names)

    async def test_with_a_passkey_keeps_the_names_until_the_passkey_comes(self, vestibule):
        browser = vestibule.browser()
        begun = (await browser.post("/api/registration", ADA | BOTH)).json()
        made = Authenticator().create(begun["publicKey"])
        answer = await browser.post(f"/api/registration/{begun['attempt']['id']}", {"credential": made})
        assert names_of(answer.json()["user"]) == ("Ada", "Lovelace", "Ada Lovelace")

    async def test_with_a_passkey_that_older_code_began_has_no_names(self, vestibule):
        browser = vestibule.browser()
        begun = (await browser.post("/api/registration", ADA | BOTH)).json()
        (row,) = await vestibule.rows("SELECT id, notes FROM login_attempts")
        older = '{"challenge": "%s", "wanted": "[\\"user_01k\\", \\"countess\\", \\"ada@example.com\\", null]"}'
        challenge = begun["publicKey"]["challenge"]
        await vestibule.run("UPDATE login_attempts SET notes = $2 WHERE id = $1", row["id"], older % challenge)
        made = Authenticator().create(begun["publicKey"])
        answer = await browser.post(f"/api/registration/{begun['attempt']['id']}", {"credential": made})
        assert names_of(answer.json()["user"]) == (None, None, None)

    async def test_in_private_mode_keeps_them_for_the_one_who_confirms_the_address(self, start):
        async with start(REGISTRATION="private") as vestibule:
            answer = await vestibule.post("/api/auth/register", body_for("/api/auth/register", **BOTH))
            assert answer.status_code == 202
            code = (await vestibule.mails("ada@example.com", "Confirm"))[0]["codes"][0]
            await vestibule.post("/api/auth/verify-email", {"email": "ada@example.com", "code": code})
            user = (await vestibule.log_in("ada@example.com")).json()["user"]
            assert names_of(user) == ("Ada", "Lovelace", "Ada Lovelace")

    @pytest.mark.parametrize("bad", BAD)
    @pytest.mark.parametrize("path", REGISTRATIONS)
    async def test_names_every_name_that_others_must_not_see(self, vestibule, path, bad):
        answer = await vestibule.browser().post(path, body_for(path, **dict.fromkeys(MEMBERS, bad)))
        assert (answer.status_code, sorted(answer.json()["errors"])) == (422, sorted(MEMBERS))
        assert await vestibule.rows("SELECT 1 FROM users") == []

    @pytest.mark.parametrize("bad", [1, True, [], {}, ["Ada"], {"first": "Ada"}])
    @pytest.mark.parametrize("member", MEMBERS)
    async def test_refuses_names_that_are_no_text(self, vestibule, member, bad):
        answer = await vestibule.post("/api/auth/register", body_for("/api/auth/register", **{member: bad}))
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [member])

    async def test_names_them_beside_the_other_wrong_fields(self, vestibule):
        body = {"username": "x", "email": "no", "password": "short", "firstName": "a\nb"}
        answer = await vestibule.post("/api/auth/register", body)
        assert answer.json()["errors"].keys() == {"username", "email", "password", "firstName"}


class TestAccount:
    async def test_is_changed_bit_by_bit_and_the_joined_name_follows(self, vestibule):
        browser, _ = await registered(vestibule)
        assert await changed(browser, firstName="Ada") == ("Ada", None, "Ada")
        assert await changed(browser, lastName="Byron") == ("Ada", "Byron", "Ada Byron")
        assert await changed(browser, lastName="Lovelace") == ("Ada", "Lovelace", "Ada Lovelace")
        assert await changed(browser, name=" Countess ") == ("Ada", "Lovelace", "Countess")

    @pytest.mark.parametrize("nothing", [None, "", "  "])
    async def test_null_and_empty_text_remove_a_name(self, vestibule, nothing):
        browser, _ = await registered(vestibule, **BOTH, name="Countess")
        assert await changed(browser, name=nothing) == ("Ada", "Lovelace", "Ada Lovelace")
        assert await changed(browser, firstName=nothing, lastName=nothing) == (None, None, None)

    async def test_two_changes_by_requests_that_began_at_once_both_stay(self, vestibule):
        browser, _ = await registered(vestibule)
        caller = await vestibule.principal(browser.http.cookies["vestibule_session"])
        for text in ({"first_name": "Ada"}, {"last_name": "Lovelace"}):
            await vestibule.services.accounts.account.change_profile(caller, ProfileChange(text, {}), Device())
        assert names_of(await browser.whoami()) == ("Ada", "Lovelace", "Ada Lovelace")

    @pytest.mark.parametrize("bad", BAD)
    async def test_refuses_what_others_must_not_see_and_changes_nothing(self, vestibule, bad):
        browser, _ = await registered(vestibule, **BOTH)
        body = {"firstName": bad, "lastName": bad, "username": "other", "email": "new@example.com"}
        answer = await browser.send("PATCH", "/api/account", body | {"currentPassword": PASSWORD})
        assert (answer.status_code, sorted(answer.json()["errors"])) == (422, ["firstName", "lastName"])
        assert names_of(await browser.whoami()) == ("Ada", "Lovelace", "Ada Lovelace")
        assert await vestibule.mails("new@example.com") == []

    async def test_a_change_to_what_is_there_leaves_no_event(self, vestibule):
        browser, _ = await registered(vestibule, **BOTH)
        await changed(browser, **BOTH)
        events = await vestibule.rows("SELECT action FROM audit_events WHERE action = 'user.updated'")
        assert events == []


class TestAnswers:
    async def test_every_answer_with_a_user_has_the_names_on_the_fast_path_and_off_it(self, vestibule):
        browser, user = await registered(vestibule, **BOTH)
        tokens = (await vestibule.log_in("ada@example.com")).json()
        await vestibule.caching()
        found = [user, tokens["user"]]
        for path in ("/api/session", "/api/auth/profile", "/api/account"):
            for headers in ({}, {}, {"Origin": "http://localhost:8000"}):
                found.append((await vestibule.get(path, **bearer(tokens), **headers)).json()["user"])
                found.append((await browser.get(path, **headers)).json()["user"])
        signed_in = await browser.post("/api/session", {"credential": "countess", "password": PASSWORD})
        found.append(signed_in.json()["user"])
        begun = await browser.begin("countess")
        stepped = await browser.step(begun, "password", password=PASSWORD)
        found.append(stepped.json()["user"])
        assert {names_of(user) for user in found} == {("Ada", "Lovelace", "Ada Lovelace")}

    async def test_a_cached_answer_is_new_after_a_change(self, vestibule):
        browser, _ = await registered(vestibule, **BOTH)
        await vestibule.caching()
        assert names_of(await browser.whoami())[0] == "Ada"
        await changed(browser, firstName="Augusta")
        assert names_of(await browser.whoami()) == ("Augusta", "Lovelace", "Augusta Lovelace")

    async def test_an_api_key_answers_with_its_owner_s_names(self, vestibule):
        _, _ = await registered(vestibule, **BOTH)
        tokens = (await vestibule.log_in("ada@example.com")).json()
        made = await vestibule.post("/api/account/api-keys", {"name": "key"}, **bearer(tokens))
        session = await vestibule.services.access.session_check.by_api_key(made.json()["secret"])
        assert session.session.display_name == "Ada Lovelace"


class TestLife:
    async def test_the_export_has_them_and_the_end_of_the_grace_period_erases_them(self, vestibule):
        browser, _ = await registered(vestibule, **BOTH, name="Countess")
        exported = (await browser.get("/api/account/export")).json()["user"]
        assert names_of(exported) == ("Ada", "Lovelace", "Countess")
        assert exported["profile"] == {}
        await vestibule.run("UPDATE users SET profile = $1", '{"plan": "pro"}')
        await browser.send("DELETE", "/api/account", {"password": PASSWORD})
        vestibule.clock.advance(15 * DAY)
        await vestibule.services.operations.cleanup.sweep()
        (row,) = await vestibule.rows("SELECT name, first_name, last_name, profile FROM users")
        assert tuple(row) == (None, None, None, "{}")

    @pytest.mark.parametrize(
        "left", ["first_name = 'Ada'", "last_name = 'Lovelace'", """profile = '{"plan": "pro"}'"""]
    )
    async def test_what_older_code_left_of_an_erased_account_is_erased_too(self, vestibule, left):
        browser, _ = await registered(vestibule)
        await browser.send("DELETE", "/api/account", {"password": PASSWORD})
        vestibule.clock.advance(15 * DAY)
        await vestibule.services.operations.cleanup.sweep()
        await vestibule.run(f"UPDATE users SET {left}")
        await vestibule.services.operations.cleanup.sweep()
        (row,) = await vestibule.rows("SELECT first_name, last_name, profile FROM users")
        assert tuple(row) == (None, None, "{}")


class TestMigration:
    async def test_rows_that_older_code_writes_are_users_without_names(self, vestibule):
        values = "'user_old', 'olden', 'olden', 'olden@example.com', 'olden@example.com', 1, 1, 0, '{}'"
        await vestibule.run(f"INSERT INTO users ({OLDER_COLUMNS}) VALUES ({values})")
        user = await vestibule.services.accounts.administration.find("olden")
        assert (user.display_name, user.first_name, user.last_name, user.profile) == (None, None, None, "{}")

    async def test_down_and_up_keeps_users_and_older_code_s_revision(self, database_url, tmp_path):
        address = url.parse(database_url)
        async with running(database_url, tmp_path) as vestibule:
            await registered(vestibule, **BOTH, name="Countess")
        await asyncio.to_thread(migrate.downgrade, address, "0012")
        await asyncio.to_thread(migrate.upgrade, address)
        async with running(database_url, tmp_path) as vestibule:
            user = (await vestibule.log_in("ada@example.com")).json()["user"]
            assert names_of(user) == (None, None, "Countess")
            assert (await vestibule.database.schema_version()).serves("0012")

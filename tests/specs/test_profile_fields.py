"""Profile fields: declared by operators, asked at registration, the owner's to change, in every answer with a user."""

import json
import re
from pathlib import Path

import pytest

from authenticator import Authenticator
from harness import PASSWORD, bearer
from servers import command, production
from vestibule.domain.device import Device
from vestibule.services.accounts.account import ProfileChange

FIELDS = "plan:choice(free|pro), phone:text:5-30?, age:number:0-150?, news:boolean?, born:date?"
ADA = {"username": "countess", "email": "ada@example.com"}
WHOLE = {"plan": "pro", "phone": "12345", "age": 36, "news": False, "born": "1815-12-10"}
REGISTRATIONS = ("/api/auth/register", "/api/users", "/api/registration")
PAGE = Path(__file__).parents[2] / "docs" / "profile-fields.md"


def body_for(path, profile):
    return ADA | ({} if path == "/api/registration" else {"password": PASSWORD}) | {"profile": profile}


async def registered(vestibule, profile):
    browser = vestibule.browser()
    answer = await browser.post("/api/users", body_for("/api/users", profile))
    assert answer.status_code == 201, answer.text
    return browser


async def changed(browser, **values):
    answer = await browser.send("PATCH", "/api/account", {"profile": values})
    assert answer.status_code == 200, answer.text
    return answer.json()["user"]["profile"]


@pytest.fixture
async def declaring(start):
    async with start(PROFILE_FIELDS=FIELDS) as vestibule:
        yield vestibule


class TestRegistration:
    async def test_stores_the_values_with_their_types(self, declaring):
        answer = await declaring.post("/api/auth/register", body_for("/api/auth/register", WHOLE))
        assert answer.json()["user"]["profile"] == WHOLE
        assert json.loads((await declaring.rows("SELECT profile FROM users"))[0]["profile"]) == WHOLE

    async def test_with_a_passkey_keeps_the_values_until_the_passkey_comes(self, declaring):
        browser = declaring.browser()
        begun = (await browser.post("/api/registration", body_for("/api/registration", WHOLE))).json()
        made = Authenticator().create(begun["publicKey"])
        answer = await browser.post(f"/api/registration/{begun['attempt']['id']}", {"credential": made})
        assert answer.json()["user"]["profile"] == WHOLE

    async def test_in_private_mode_keeps_them_for_the_one_who_confirms_the_address(self, start):
        async with start(PROFILE_FIELDS=FIELDS, REGISTRATION="private") as vestibule:
            assert (
                await vestibule.post("/api/auth/register", body_for("/api/auth/register", WHOLE))
            ).status_code == 202
            code = (await vestibule.mails("ada@example.com", "Confirm"))[0]["codes"][0]
            await vestibule.post("/api/auth/verify-email", {"email": "ada@example.com", "code": code})
            assert (await vestibule.log_in("ada@example.com")).json()["user"]["profile"] == WHOLE

    @pytest.mark.parametrize("path", REGISTRATIONS)
    @pytest.mark.parametrize(
        ("profile", "wrong"),
        [
            ({}, ["plan"]),
            ({"plan": None}, ["plan"]),
            ({"plan": ""}, ["plan"]),
            ({"plan": "gold", "phone": "1", "age": "36", "news": 1, "born": "x"}, list(WHOLE)),
            ({"plan": "pro", "plna": "pro", "roles": ["admin"]}, ["plna", "roles"]),
            ({"plan": "pro", "__proto__": {"plan": "pro"}}, ["__proto__"]),
        ],
    )
    async def test_names_every_value_that_is_wrong_or_missing(self, declaring, path, profile, wrong):
        answer = await declaring.browser().post(path, body_for(path, profile))
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [f"profile.{name}" for name in wrong])
        assert await declaring.rows("SELECT 1 FROM users") == []

    @pytest.mark.parametrize("profile", [None, [], "plan", 1, True])
    @pytest.mark.parametrize("path", REGISTRATIONS)
    async def test_takes_nothing_but_an_object(self, declaring, path, profile):
        answer = await declaring.browser().post(path, body_for(path, profile))
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["profile"])

    async def test_names_them_beside_the_other_wrong_fields(self, declaring):
        body = {"username": "x", "email": "no", "password": "short", "firstName": "a\nb", "profile": {"plan": "x"}}
        answer = await declaring.post("/api/auth/register", body)
        assert answer.json()["errors"].keys() == {"username", "email", "password", "firstName", "profile.plan"}

    async def test_does_not_take_them_flat(self, declaring):
        answer = await declaring.post("/api/auth/register", body_for("/api/auth/register", {}) | {"plan": "pro"})
        assert answer.json()["errors"].keys() == {"plan", "profile.plan"}

    async def test_a_refusal_takes_nothing_from_the_limit(self, start):
        async with start(PROFILE_FIELDS=FIELDS, LIMIT_REGISTRATION="1/15m") as vestibule:
            for _ in range(3):
                refused = await vestibule.post("/api/auth/register", body_for("/api/auth/register", {}))
                assert refused.status_code == 422
            assert (
                await vestibule.post("/api/auth/register", body_for("/api/auth/register", WHOLE))
            ).status_code == 201

    async def test_without_declared_fields_takes_none(self, vestibule):
        answer = await vestibule.post("/api/auth/register", body_for("/api/auth/register", {"plan": "pro"}))
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["profile.plan"])
        answer = await vestibule.post("/api/auth/register", body_for("/api/auth/register", {}))
        assert answer.json()["user"]["profile"] == {}

    async def test_answers_for_new_and_known_addresses_stay_alike_in_private_mode(self, start):
        async with start(PROFILE_FIELDS=FIELDS, REGISTRATION="private") as vestibule:
            bodies = [body_for("/api/users", WHOLE) | {"username": name} for name in ("first", "second")]
            answers = [await vestibule.post("/api/auth/register", body) for body in bodies]
            assert [answer.status_code for answer in answers] == [202, 202]
            assert answers[0].content == answers[1].content


class TestAccount:
    async def test_changes_what_is_sent_and_keeps_the_rest(self, declaring):
        browser = await registered(declaring, WHOLE)
        assert await changed(browser, age=37) == WHOLE | {"age": 37}
        assert await changed(browser, plan="free", news=True) == WHOLE | {"age": 37, "plan": "free", "news": True}
        assert await changed(browser) == WHOLE | {"age": 37, "plan": "free", "news": True}

    @pytest.mark.parametrize("nothing", [None, "", "  "])
    async def test_null_and_empty_text_remove_an_optional_value(self, declaring, nothing):
        browser = await registered(declaring, WHOLE)
        assert await changed(browser, **dict.fromkeys(("phone", "age", "news", "born"), nothing)) == {"plan": "pro"}

    async def test_a_required_value_can_be_changed_and_not_removed(self, declaring):
        browser = await registered(declaring, WHOLE)
        answer = await browser.send("PATCH", "/api/account", {"profile": {"plan": None, "age": 1}})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["profile.plan"])
        assert (await browser.whoami())["profile"] == WHOLE

    async def test_two_changes_by_requests_that_began_at_once_both_stay(self, declaring):
        browser = await registered(declaring, {"plan": "pro"})
        caller = await declaring.principal(browser.http.cookies["vestibule_session"])
        for values in ({"age": 1}, {"phone": "12345"}):
            await declaring.services.accounts.account.change_profile(caller, ProfileChange({}, values), Device())
        assert (await browser.whoami())["profile"] == {"plan": "pro", "age": 1, "phone": "12345"}

    async def test_a_wrong_value_stops_the_whole_change(self, declaring):
        browser = await registered(declaring, WHOLE)
        body = {"firstName": "Ada", "email": "new@example.com", "currentPassword": PASSWORD, "profile": {"age": "x"}}
        answer = await browser.send("PATCH", "/api/account", body)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["profile.age"])
        assert (await browser.whoami())["firstName"] is None
        assert await declaring.mails("new@example.com") == []

    async def test_who_registered_before_a_field_was_declared_can_change_the_rest(self, declaring):
        browser = await registered(declaring, WHOLE)
        await declaring.run("UPDATE users SET profile = '{}'")
        assert (await browser.send("PATCH", "/api/account", {"firstName": "Ada"})).status_code == 200
        assert await changed(browser, age=1) == {"age": 1}


class TestAnswers:
    async def test_every_answer_with_a_user_has_them_on_the_fast_path_and_off_it(self, declaring):
        browser = await registered(declaring, WHOLE)
        tokens = (await declaring.log_in("ada@example.com")).json()
        await declaring.caching()
        found = [tokens["user"]]
        for path in ("/api/session", "/api/auth/profile", "/api/account"):
            for headers in ({}, {}, {"Origin": "http://localhost:8000"}):
                found.append((await declaring.get(path, **bearer(tokens), **headers)).json()["user"])
                found.append((await browser.get(path, **headers)).json()["user"])
        assert [user["profile"] for user in found] == [WHOLE] * len(found)

    async def test_a_cached_answer_is_new_after_a_change(self, declaring):
        browser = await registered(declaring, WHOLE)
        await declaring.caching()
        assert (await browser.whoami())["profile"]["age"] == 36
        await changed(browser, age=37)
        assert (await browser.whoami())["profile"]["age"] == 37

    async def test_the_configuration_lists_the_fields_in_their_order(self, declaring):
        listed = (await declaring.get("/api/config")).json()["profileFields"]
        assert [field["name"] for field in listed] == list(WHOLE)
        assert listed[0] == {
            "name": "plan",
            "kind": "choice",
            "required": True,
            "minimum": None,
            "maximum": None,
            "choices": ["free", "pro"],
        }
        assert (listed[1]["minimum"], listed[1]["maximum"], listed[1]["required"]) == (5, 30, False)


class TestChangedDeclarations:
    async def test_a_field_taken_away_hides_its_values_and_keeps_them(self, start):
        async with start(PROFILE_FIELDS=FIELDS) as vestibule:
            await registered(vestibule, WHOLE)
        async with start(PROFILE_FIELDS="phone:text?, age:text?") as vestibule:
            browser = vestibule.browser()
            assert (await browser.sign_in("countess")).json()["user"]["profile"] == {"phone": "12345"}
            assert await changed(browser, phone="67890") == {"phone": "67890"}
            exported = (await browser.get("/api/account/export")).json()["user"]["profile"]
            assert exported == WHOLE | {"phone": "67890"}
        async with start(PROFILE_FIELDS=FIELDS) as vestibule:
            again = (await vestibule.log_in("ada@example.com")).json()["user"]["profile"]
            assert again == WHOLE | {"phone": "67890"}


class TestOperators:
    def test_leave_required_fields_out_and_see_the_values(self, database_url, tmp_path):
        environment = production(database_url) | {"VESTIBULE_PROFILE_FIELDS": FIELDS}

        def run(*args, typed=""):
            return command(*args, folder=tmp_path, typed=typed, **environment)

        create = ("users", "create", "--username", "countess", "--email", "ada@example.com", "--password-stdin")
        made = run(*create, typed=PASSWORD + "\n")
        assert made.returncode == 0, made.stderr
        shown = json.loads(run("users", "show", "countess").stdout)
        members = ("name", "firstName", "lastName", "profile")
        assert [shown[member] for member in members] == [None, None, None, {}]
        assert json.loads(run("users", "list", "--json").stdout)["profile"] == {}

    def test_learn_at_the_start_what_is_wrong_with_a_declaration(self, database_url, tmp_path):
        environment = production(database_url) | {"VESTIBULE_PROFILE_FIELDS": "plan:choice(free|pro), phone:txt"}
        refused = command("serve", folder=tmp_path, **environment)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        for line in (
            "VESTIBULE_PROFILE_FIELDS",
            "got:       `phone:txt`",
            "expected:  a kind: text",
            "fix:       Did you mean text?",
        ):
            assert line in refused.stderr


class TestDocumentation:
    """`docs/profile-fields.md`: what it prints is sent, in its order, and answered so."""

    def blocks(self):
        text = PAGE.read_text(encoding="utf-8")
        declared = re.search(r'VESTIBULE_PROFILE_FIELDS="([^"]+)"', text)[1]
        printed = re.findall(r"```json\n(.*?)\n(.*?)```", text, re.DOTALL)
        return declared, [(head, json.loads(body)) for head, body in printed]

    async def test_its_requests_are_answered_as_it_prints(self, start):
        declared, blocks = self.blocks()
        async with start(PROFILE_FIELDS=declared) as vestibule:
            browser = vestibule.browser()
            answered = 0
            for head, body in blocks:
                if " " in head:
                    answer = await browser.send(*head.split(), body)
                    if answer.status_code == 201:
                        await browser.sign_in("countess")
                else:
                    answered += 1
                    assert answer.status_code == int(head), answer.text
                    assert contains(answer.json(), body), answer.text
            assert answered == 3

    def test_its_kinds_are_all_kinds(self):
        listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        assert listed == ["text", "choice", "number", "boolean", "date"]


def contains(answer, printed):
    if isinstance(printed, dict) and "username" not in printed and printed.keys() != {"user"}:
        return answer.get("errors") == printed.get("errors") if "errors" in printed else answer == printed
    return all(contains(answer[k], v) if isinstance(v, dict) else answer[k] == v for k, v in printed.items())

"""What front ends of the reference systems send and read: they show `message`, or `errors.message`, or the fields."""

import re

import pytest

from harness import PASSWORD, bearer
from vestibule.http.problems import named
from vestibule.routes import ROUTES

ACCOUNT = "Please provide a valid email or username."
NO_PASSWORD = "Please provide a password."
GOOD = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
LOGINS = ["/api/auth/login", "/api/session"]


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "session_01k00000000000000000000000", path)


def says_what_is_wrong(answer) -> None:
    """Pages show `message`, or `errors.message`, or the sentences of `errors`, and nothing else."""
    document = answer.json()
    assert document["message"]
    if document["errorCodes"]:
        assert document["errorCodes"].keys() == document["errors"].keys()
        assert document["message"] == " ".join(named(document["errors"]))
    elif answer.request.url.path.startswith("/oauth/"):
        assert document["errors"] == {}
    else:
        assert document["errors"] == {"message": document["message"]}


class TestEveryErrorDocument:
    @pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row.method} {row.path}")
    async def test_says_what_is_wrong_where_pages_look_for_it(self, vestibule, row):
        browser, path = vestibule.browser(), concrete(row.path)
        asks = [
            await browser.http.request(row.method, path),
            await browser.http.request(row.method, path, json={}),
            await browser.http.request(row.method, path, json={"username": 5, "message": "x"}),
            await browser.http.request(row.method, path, content=b"{", headers={"Content-Type": "application/json"}),
            await browser.http.request(row.method, path, content=b"x", headers={"Content-Type": "text/plain"}),
            await browser.http.request(row.method, path, headers={"Authorization": "Bearer a.b.c"}),
            await browser.http.request(row.method, path, headers={"Origin": "https://evil.example"}),
            await browser.http.request(row.method, path, headers={"Host": "evil.example"}),
            await browser.http.request(row.method, f"{path}?a=%00"),
            await browser.http.request("PURGE", path),
        ]
        refusals = [answer for answer in asks if answer.status_code >= 400]
        assert refusals
        for answer in refusals:
            says_what_is_wrong(answer)

    @pytest.mark.parametrize("path", ["/api", "/api/nope", "/nope", "/.well-known/nope", "/oauth/nope"])
    async def test_of_an_unknown_address_does_too(self, vestibule, path):
        answer = await vestibule.get(path)
        assert answer.status_code == 404
        says_what_is_wrong(answer)

    async def test_of_a_wrong_password_and_of_an_unknown_account_are_alike(self, vestibule):
        await vestibule.register()
        wrong = (await vestibule.browser().sign_in(password="wrong words here")).json()
        unknown = (await vestibule.browser().sign_in("nobody", "wrong words here")).json()
        assert wrong["errors"] == {"message": wrong["message"]}
        assert [wrong[name] for name in ("message", "errors", "errorCodes", "detail")] == [
            unknown[name] for name in ("message", "errors", "errorCodes", "detail")
        ]

    async def test_of_many_wrong_fields_stays_short(self, vestibule):
        body = {f"{name}": 1 for name in "abcdefghijklmnopqrstuvwxyz"}
        document = (await vestibule.post("/api/auth/register", body)).json()
        assert len(document["errors"]) == 20
        assert len(document["message"]) <= 1000
        long = dict.fromkeys(GOOD, "x" * 5000)
        assert len((await vestibule.post("/api/auth/register", long)).json()["message"]) <= 1000


class TestTheMessage:
    async def test_of_one_wrong_field_is_its_sentence(self, vestibule):
        answer = await vestibule.post("/api/auth/register", {**GOOD, "password": "Password123"})
        document = answer.json()
        assert document["message"] == "This password is one of the first that attackers try."
        assert document["errors"] == {"password": document["message"]}
        assert document["detail"] == "Some fields need another value."

    async def test_of_several_wrong_fields_has_each_sentence_once_in_the_order_of_the_fields(self, vestibule):
        answer = await vestibule.post("/api/auth/register", {"password": "x", "email": "y", "username": "z"})
        document = answer.json()
        assert list(document["errors"]) == ["username", "email", "password"]
        assert document["message"] == " ".join(document["errors"].values())

    async def test_names_the_fields_that_a_sentence_does_not_name(self, vestibule):
        missing = (await vestibule.post("/api/auth/register", {})).json()
        assert missing["message"] == "username is required. email is required. password is required."
        assert set(missing["errors"].values()) == {"This field is required."}
        unknown = (await vestibule.post("/api/auth/register", {**GOOD, "confirmPassword": "x"})).json()
        assert unknown["message"] == 'confirmPassword does not exist. Did you mean "password"?'

    async def test_names_a_declared_field_as_it_is_declared(self, start):
        async with start(PROFILE_FIELDS="plan:text") as vestibule:
            assert (await vestibule.post("/api/auth/register", GOOD)).json()["message"] == "plan is required."

    async def test_of_a_taken_name_says_so(self, vestibule):
        await vestibule.register()
        taken = (await vestibule.register("alice", "other@example.com")).json()
        assert taken["message"] == taken["errors"]["username"] == "User with that username already exists"


class TestEveryWrongField:
    @pytest.mark.parametrize("path", LOGINS)
    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"credential": "", "password": ""},
            {"email": "", "password": ""},
            {"username": "  ", "password": ""},
            {"credential": "", "email": "", "username": "", "password": ""},
            {"credential": None, "password": None},
            {"credential": None},
            {"password": ""},
        ],
    )
    async def test_of_an_empty_login_is_named(self, vestibule, path, body):
        answer = await vestibule.browser().post(path, body)
        document = answer.json()
        assert answer.status_code == 422
        assert document["errors"] == {"credential": ACCOUNT, "password": NO_PASSWORD}
        assert document["errorCodes"] == {"credential": "required", "password": "required"}
        assert document["message"] == f"{ACCOUNT} {NO_PASSWORD}"

    @pytest.mark.parametrize("path", LOGINS)
    @pytest.mark.parametrize(
        ("body", "codes"),
        [
            ({"credential": "alice"}, {"password": "required"}),
            ({"credential": "alice", "password": ""}, {"password": "required"}),
            ({"password": "x"}, {"credential": "required"}),
            ({"credential": "\t\n ", "password": "x"}, {"credential": "required"}),
            ({"credential": "a", "email": "b", "password": ""}, {"credential": "ambiguous", "password": "required"}),
            ({"email": 5, "password": ""}, {"email": "invalid_value", "password": "required"}),
            ({"email": "x" * 400}, {"email": "too_long", "password": "required"}),
            ({"credential": "", "password": 5}, {"credential": "required", "password": "invalid_value"}),
            ({"credental": "a"}, {"credential": "required", "password": "required", "credental": "unknown_field"}),
            (
                {"credential": "", "password": "", "extra": 1},
                {"credential": "required", "password": "required", "extra": "unknown_field"},
            ),
        ],
    )
    async def test_of_a_login_is_named_whatever_else_is_wrong(self, vestibule, path, body, codes):
        document = (await vestibule.browser().post(path, body)).json()
        assert document["errorCodes"] == codes
        assert list(document["errorCodes"]) == list(codes)

    @pytest.mark.parametrize("path", LOGINS)
    async def test_an_empty_name_beside_a_good_one_counts_as_missing(self, vestibule, path):
        await vestibule.register()
        body = {"credential": "", "email": "alice@example.com", "password": PASSWORD}
        assert (await vestibule.browser().post(path, body)).status_code == 200

    @pytest.mark.parametrize("path", ["/api/auth/register", "/api/users"])
    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({"username": "x", "email": "y"}, ["username", "email", "password"]),
            ({"username": 5, "email": "y", "password": "z"}, ["username", "email", "password"]),
            ({"password": "short"}, ["username", "email", "password"]),
            ({**GOOD, "password": "short", "confirmPassword": "short"}, ["password", "confirmPassword"]),
            ({**GOOD, "username": None, "password": "Password123"}, ["username", "password"]),
        ],
    )
    async def test_of_a_registration_is_named_whatever_else_is_wrong(self, vestibule, path, body, fields):
        answer = await vestibule.browser().post(path, body)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, fields)
        assert await vestibule.rows("SELECT id FROM users") == []

    async def test_of_a_registration_by_passkey_is_named(self, vestibule):
        body = {"username": "x", "email": "y", "sessionType": "pigeon"}
        answer = await vestibule.browser().post("/api/registration", body)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["username", "email", "sessionType"])

    @pytest.mark.parametrize(
        ("body", "codes"),
        [
            ({}, {"email": "required", "code": "required"}),
            ({"email": "a@b.io"}, {"code": "required"}),
            ({"code": "12"}, {"email": "required", "code": "code_shape"}),
            ({"email": 5, "code": "12"}, {"email": "invalid_value", "code": "code_shape"}),
            ({"email": "a@b.io", "code": "123456", "token": "x"}, {"token": "ambiguous"}),
            (
                {"code": "12", "keepFactors": "no"},
                {"email": "required", "code": "code_shape", "keepFactors": "invalid_value"},
            ),
        ],
    )
    async def test_of_a_verification_is_named(self, vestibule, body, codes):
        assert (await vestibule.post("/api/auth/verify-email", body)).json()["errorCodes"] == codes

    @pytest.mark.parametrize(
        ("path", "body", "codes"),
        [
            ("/api/auth/forgot-password", {}, {"email": "required"}),
            ("/api/auth/forgot-password", {"mail": "a@b.io"}, {"email": "required", "mail": "unknown_field"}),
            ("/api/auth/forgot-password", {"email": "a@b.io", "userEmail": "a@b.io"}, {"email": "ambiguous"}),
            ("/api/auth/forgot-password", {"userEmail": 5}, {"userEmail": "invalid_value"}),
            (
                "/api/auth/reset-password",
                {"password": "short"},
                {"token": "required", "password": "password_too_short"},
            ),
            ("/api/auth/reset-password", {"token": 5}, {"token": "invalid_value", "password": "required"}),
        ],
    )
    async def test_of_a_reset_is_named(self, vestibule, path, body, codes):
        assert (await vestibule.post(path, body)).json()["errorCodes"] == codes

    async def test_with_characters_that_no_text_has_is_named(self, vestibule):
        body = '{"username":"a\\u0000b","email":"c\\ud800d","password":"fine","x\\u0000":[["\\u0000"],{"y":"\\udfff"}]}'
        headers = {"Content-Type": "application/json"}
        answer = await vestibule.http.post("/api/auth/register", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_text")
        assert answer.json()["errors"].keys() == {"username", "email", "x\\x00", "y"}
        assert answer.json()["message"] == "Remove NUL characters and broken Unicode."

    async def test_of_a_step_is_named(self, vestibule):
        begun = (await vestibule.post("/api/login", {"sessionType": "token"})).json()["attempt"]
        body = {"method": "totp", "code": "12", "secret": 5, "rememberDevice": "yes"}
        answer = await vestibule.post(f"/api/login/{begun['id']}/steps", body)
        assert answer.json()["errorCodes"].keys() == {"code", "secret", "rememberDevice"}

    async def test_of_the_account_is_named_and_nothing_is_changed_or_sent(self, vestibule):
        tokens = await vestibule.signed_in()
        mails = len(await vestibule.mails())
        body = {"username": "x", "email": "y", "locale": "xx", "timeZone": "Moon/Crater", "name": 5}
        answer = await vestibule.http.patch("/api/account", json=body, headers=bearer(tokens))
        assert (answer.status_code, answer.json()["errors"].keys()) == (422, body.keys())
        assert len(await vestibule.mails()) == mails

    async def test_of_a_change_of_password_is_named(self, vestibule):
        tokens = await vestibule.signed_in()
        body = {"newPassword": "short", "currentPassword": 5}
        answer = await vestibule.post("/api/auth/change-password", body, **bearer(tokens))
        assert answer.json()["errors"].keys() == {"newPassword", "currentPassword"}

    async def test_takes_nothing_from_a_limit(self, start):
        async with start(LIMIT_REGISTRATION="1/1h") as vestibule:
            for body in ({}, {"username": "x", "email": "y"}, {**GOOD, "password": "short"}):
                assert (await vestibule.post("/api/auth/register", body)).status_code == 422
            assert (await vestibule.register()).status_code == 201


class TestTheRefreshToken:
    @pytest.mark.parametrize("name", ["refreshToken", "refresh_token"])
    async def test_is_taken_under_both_names(self, vestibule, name):
        tokens = await vestibule.signed_in()
        fresh = await vestibule.post("/api/auth/refresh", {name: tokens["refreshToken"]})
        assert fresh.status_code == 200
        assert fresh.json()["refreshToken"] != tokens["refreshToken"]
        ended = await vestibule.post("/api/auth/logout", {name: fresh.json()["refreshToken"]})
        assert ended.status_code == 200
        again = await vestibule.post("/api/auth/refresh", {name: fresh.json()["refreshToken"]})
        assert (again.status_code, again.json()["code"]) == (401, "invalid_refresh_token")

    @pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/logout"])
    async def test_under_both_names_at_once_is_refused_and_stays_good(self, vestibule, path):
        tokens = await vestibule.signed_in()
        both = {"refreshToken": tokens["refreshToken"], "refresh_token": tokens["refreshToken"]}
        refused = await vestibule.post(path, both)
        assert (refused.status_code, refused.json()["errorCodes"]) == (422, {"refreshToken": "ambiguous"})
        assert (await vestibule.post("/api/auth/refresh", {"refresh_token": tokens["refreshToken"]})).status_code == 200

    @pytest.mark.parametrize("value", [5, [], {}, True, "x" * 600])
    async def test_of_another_type_names_its_own_field(self, vestibule, value):
        refused = await vestibule.post("/api/auth/refresh", {"refresh_token": value})
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["refresh_token"])

    async def test_used_twice_ends_the_session_under_either_name(self, vestibule):
        tokens = await vestibule.signed_in()
        fresh = (await vestibule.post("/api/auth/refresh", {"refresh_token": tokens["refreshToken"]})).json()
        vestibule.clock.advance(5 * 60 * 1_000_000)
        await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        late = await vestibule.post("/api/auth/refresh", {"refresh_token": fresh["refreshToken"]})
        assert late.status_code == 401


class TestPagesWithoutFurtherSteps:
    async def test_show_where_to_sign_in_with_a_second_factor(self, vestibule):
        await vestibule.with_app()
        for refused in (await vestibule.log_in(), await vestibule.browser().sign_in()):
            document = refused.json()
            assert document["code"] == "mfa_required"
            assert document["message"].endswith(f"Sign in at {vestibule.base_url}.")
            assert document["errors"] == {"message": document["message"]}

    async def test_get_no_user_from_a_private_registration(self, start):
        async with start(REGISTRATION="private") as vestibule:
            answers = [await vestibule.browser().register(name, GOOD["email"]) for name in ("alice", "other")]
            assert [answer.status_code for answer in answers] == [202, 202]
            assert [answer.json()["user"] for answer in answers] == [None, None]
            assert answers[0].json() == answers[1].json()
            for_tokens = await vestibule.register("carol")
            assert (for_tokens.status_code, for_tokens.json()["success"]) == (202, True)


class TestTheSession:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Cookie": "vestibule_session=x"},
            {"Cookie": "vestibule_session=a; vestibule_session=b"},
            {"Cookie": "token=eyJhbGciOiJIUzI1NiJ9.e30.x; _csrf=x"},
            {"Cookie": "=; ;;"},
            {"Authorization": "Bearer a.b.c"},
            {"Authorization": "x"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Content-Type": "text/plain"},
        ],
    )
    async def test_is_never_refused(self, vestibule, headers):
        answer = await vestibule.browser().http.get("/api/session", headers=headers)
        assert (answer.status_code, answer.json()["user"]) == (200, None)

    async def test_is_outside_every_limit(self, start):
        async with start(LIMIT_LOGIN_ADDRESS="1/1h", LIMIT_CODES="1/1h", LIMIT_STEPS="1/1h") as vestibule:
            for _ in range(200):
                answer = await vestibule.get("/api/session")
                assert answer.status_code == 200
                assert "ratelimit" not in answer.headers

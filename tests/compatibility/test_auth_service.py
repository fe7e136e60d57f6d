"""The profile `auth-service`: section 3.4 of the contracts row by row, over Vestibule's own services."""

import re

import jsonschema
import pytest
from auth_service_client import (
    FORGOT,
    HEALTH,
    LOG_IN,
    LOG_OUT,
    LOG_OUT_ALL,
    NEW_PASSWORD,
    ON,
    REFRESH,
    RESEND,
    RESET,
    SESSIONS,
    SIGN_UP,
    V1,
    VERIFY,
    WELCOME,
    AuthService,
    bearer,
    ending,
    refreshing,
    refused,
    succeeded,
)
from openapi_spec_validator import validate

from harness import PASSWORD, PHONE, SECRET, code_of
from vestibule import compatibility
from vestibule.checks import guards
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.compatibility.auth_service import PROFILE
from vestibule.routes import ROUTES

MINUTE = 60_000_000
FIELDS = "plan:choice(free|pro), phone:text:5-30?"
BODY = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD, "plan": "pro"}
OWN = {(row.method, row.path): row for row in ROUTES}
ROWS = PROFILE.all_rows(OWN, development=False)


@pytest.fixture
async def service(start):
    async with start(**ON) as vestibule:
        yield AuthService(vestibule)


class TestRoutes:
    """3a: eleven routes and the greeting, each made of an own row."""

    def test_are_those_of_auth_service(self):
        assert {(row.method, row.path) for row in ROWS} == {
            ("GET", WELCOME), ("GET", HEALTH), ("POST", SIGN_UP), ("POST", LOG_IN), ("POST", VERIFY), ("POST", RESEND),
            ("POST", FORGOT), ("POST", RESET), ("GET", SESSIONS), ("DELETE", LOG_OUT), ("POST", LOG_OUT_ALL),
            ("POST", REFRESH),
        }  # fmt: skip

    def test_are_added_and_replace_none(self):
        assert compatibility.rows(ROUTES, (PROFILE,), development=False)[: len(ROUTES)] == ROUTES

    def test_take_the_limits_and_guards_of_the_own_ones(self):
        kept = {row.path: (row.limit, row.guard) for row in ROWS}
        for mine, own in {
            SIGN_UP: ("POST", "/api/auth/register"),
            LOG_IN: ("POST", "/api/auth/login"),
            VERIFY: ("POST", "/api/auth/verify-email"),
            RESEND: ("POST", "/api/auth/resend-code"),
            FORGOT: ("POST", "/api/auth/forgot-password"),
            RESET: ("POST", "/api/auth/reset-password"),
            SESSIONS: ("GET", "/api/sessions"),
            LOG_OUT: ("DELETE", "/api/sessions/{id}"),
            LOG_OUT_ALL: ("DELETE", "/api/sessions"),
        }.items():
            assert kept[mine] == (OWN[own].limit, OWN[own].guard), mine

    def test_take_no_cookie(self):
        cookies = AuthorisedBy.SESSION_COOKIE | AuthorisedBy.REFRESH_COOKIE | AuthorisedBy.CSRF_TOKEN
        assert not any(row.authorised_by & cookies for row in ROWS)

    async def test_do_not_exist_without_the_profile(self, vestibule):
        for row in ROWS:
            answer = await vestibule.http.request(row.method, row.path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
            assert answer.headers["content-type"] == "application/problem+json"

    async def test_are_served_by_the_name_of_the_profile_alone(self, start):
        async with start(COMPATIBILITY="express-guide") as vestibule:
            assert (await vestibule.get(HEALTH)).status_code == 404

    async def test_say_what_they_are(self, service):
        body = (await service.get(WELCOME)).json()
        assert body == {
            "statusCode": 200, "data": {"version": "v1"}, "message": "Welcome to auth service backend", "success": True,
        }  # fmt: skip


class TestOpenApi:
    async def test_is_valid_and_has_every_row(self, service):
        described = (await service.get("/api/openapi.json")).json()
        validate(described)
        named = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
        assert {(row.method, row.path) for row in (*ROUTES, *ROWS)} == named
        assert described["paths"][LOG_IN]["post"]["tags"] == ["auth-service"]

    async def test_says_what_is_answered(self, service):
        described = (await service.get("/api/openapi.json")).json()
        session = await service.signed_in()
        for answer in (
            await service.get(WELCOME),
            await service.get(HEALTH),
            await service.post(LOG_IN, {"email": "ann@example.com", "password": PASSWORD}),
            await service.post(LOG_IN, {"email": "ann@example.com", "password": "a wrong guess at it"}),
            await service.get(f"{SESSIONS}?userId={session['user']['id']}", **bearer(session)),
            await service.get(SESSIONS),
            await service.post(RESEND, {"email": "ann@example.com"}),
            await service.post(RESEND, {}),
        ):
            operation = described["paths"][answer.request.url.path][answer.request.method.lower()]
            schema = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
            jsonschema.validate(answer.json(), {**schema, "components": described["components"]})

    async def test_has_problem_documents_for_own_rows_only(self, service):
        paths = (await service.get("/api/openapi.json")).json()["paths"]
        for path, methods in paths.items():
            kinds = {
                kind
                for operation in methods.values()
                for status, answer in operation["responses"].items()
                if status >= "4"
                for kind in answer.get("content", {})
            }
            assert ("application/problem+json" in kinds) <= (not path.startswith(V1)), path


class TestSignUp:
    """3c, 3d, 3e."""

    async def test_answers_in_the_server_s_form_and_in_that_of_its_page(self, service):
        answer = await service.post(SIGN_UP, {"name": "Ann Lee", "email": "ann@example.com", "password": PASSWORD})
        data = succeeded(answer, 201)
        assert answer.json()["message"] == "User created successfully"
        assert (data["name"], data["email"]) == ("Ann Lee", "ann@example.com")
        user = data["user"]
        assert user.keys() == {"id", "email", "name", "profile_picture", "created_on"}
        assert (user["name"], user["email"], user["profile_picture"]) == ("Ann Lee", "ann@example.com", "")
        assert re.fullmatch(r"user_[0-9a-z]{26}", user["id"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", user["created_on"])

    async def test_never_answers_with_a_password_or_a_hash(self, service):
        answer = await service.post(SIGN_UP, {"name": "Ann Lee", "email": "ann@example.com", "password": PASSWORD})
        assert PASSWORD not in answer.text
        assert "hash" not in answer.text.lower()
        assert "$argon2" not in answer.text

    async def test_makes_a_random_username_that_own_requests_accept(self, service):
        for number in range(3):
            await service.sign_up(email=f"ann{number}@example.com")
        names = [row["username"] for row in await service.vestibule.rows("SELECT username FROM users")]
        assert len(set(names)) == 3
        assert all(re.fullmatch(r"user-[0-9a-z]{12}", name) for name in names)
        answer = await service.vestibule.post("/api/auth/login", {"username": names[0], "password": PASSWORD})
        assert answer.status_code == 200

    async def test_takes_a_username_where_one_is_sent(self, service):
        body = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD, "username": "annlee"}
        succeeded(await service.post(SIGN_UP, body), 201)
        taken = refused(await service.post(SIGN_UP, body | {"email": "bob@example.com"}), 409)
        assert taken["message"] == "User with that username already exists"

    async def test_two_people_may_have_one_name(self, service):
        await service.sign_up()
        assert (await service.sign_up(email="ann2@example.com"))["name"] == "Ann Lee"

    @pytest.mark.parametrize("name", ["Zoë", "李", "Ann O'Neil-Smith", "user_x y", "a" * 100])
    async def test_takes_any_name_of_a_person(self, service, name):
        assert (await service.sign_up(name))["user"]["name"] == name

    @pytest.mark.parametrize("name", ["Ann\u202eeeL", "Ann\nLee", "a" * 101, "\u200b", 7, ["Ann"], {}])
    async def test_refuses_a_name_that_misleads(self, service, name):
        body = {"name": name, "email": "ann@example.com", "password": PASSWORD}
        assert refused(await service.post(SIGN_UP, body), 400)["errors"]

    async def test_of_a_registered_address_is_409_without_errors(self, service):
        await service.sign_up()
        body = {"name": "Other", "email": "Ann@Example.com", "password": PASSWORD}
        found = refused(await service.post(SIGN_UP, body), 409, "Email already exists")
        assert (found["errors"], found["code"]) == ([], "identifier_taken")

    async def test_says_what_is_wrong_in_the_message(self, service):
        body = {"name": "Ann", "email": "ann@example.com", "password": "Password123"}
        found = refused(await service.post(SIGN_UP, body), 400)
        assert found["errors"] == [found["message"]]
        assert found["code"] == "validation_failed"

    async def test_names_every_field_that_is_missing(self, service):
        for empty in ({}, {"name": "", "email": None, "password": "  "}):
            found = refused(await service.post(SIGN_UP, empty), 400)
            for name in ("name", "email", "password"):
                assert f"{name} is required." in found["errors"]
                assert name in found["message"]

    async def test_refuses_unknown_members(self, service):
        body = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD, "role": "admin"}
        assert any("role" in sentence for sentence in refused(await service.post(SIGN_UP, body), 400)["errors"])

    async def test_signs_no_one_in_and_emails_a_code(self, service):
        await service.sign_up()
        assert await service.vestibule.rows("SELECT 1 FROM sessions") == []
        assert re.fullmatch(r"\d{6}", await service.code())
        assert await service.actions() == ["user.registered"]

    async def test_in_private_mode_is_the_same_for_new_and_registered_addresses(self, start):
        async with start(**ON, REGISTRATION="private") as vestibule:
            service, bodies = AuthService(vestibule), []
            await vestibule.register("alice")
            await vestibule.verify("alice")
            for email in ("alice@example.com", "new@example.com"):
                answer = await service.post(SIGN_UP, {"name": "Ann", "email": email, "password": PASSWORD})
                data = succeeded(answer, 202)
                assert data == {"user": None, "name": "Ann", "email": email}
                bodies.append(answer.text.replace(email, "*"))
            assert len(set(bodies)) == 1


class TestProfileFields:
    """Declared fields are flat here, and nested in the own API."""

    @pytest.fixture
    async def service(self, start):
        async with start(**ON, PROFILE_FIELDS=FIELDS) as vestibule:
            yield AuthService(vestibule)

    async def test_are_taken_and_answered_beside_the_other_members(self, service):
        user = succeeded(await service.post(SIGN_UP, BODY), 201)["user"]
        assert (user["plan"], user["name"], user["profile_picture"]) == ("pro", "Ann", "")
        assert "profile" not in user
        session = await service.log_in()
        assert session["user"] == user
        own = (await service.vestibule.get("/api/account", **bearer(session))).json()["user"]
        assert own["profile"] == {"plan": "pro"}

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [({"plan": ""}, "plan is required."), ({"plan": "gold"}, "Use one of free, pro."), ({"phone": "1"}, "5 to 30")],
    )
    async def test_are_checked_by_the_same_rules(self, service, more, sentence):
        found = refused(await service.post(SIGN_UP, BODY | more), 400)
        assert sentence in found["message"]

    async def test_are_no_door_for_other_members(self, service):
        found = refused(await service.post(SIGN_UP, BODY | {"roles": ["admin"]}), 400)
        assert any(text.startswith("roles does not exist.") for text in found["errors"])


class TestLogIn:
    """3e, 3f, 3g, 3k."""

    async def test_answers_with_everything_that_the_other_routes_need(self, service):
        made = await service.sign_up()
        answer = await service.post(LOG_IN, {"email": "ann@example.com", "password": PASSWORD})
        data = succeeded(answer)
        assert answer.json()["message"] == "logged in successfully"
        assert answer.headers["cache-control"] == "no-store"
        assert data.keys() == {"user", "accessToken", "refreshToken", "expiresIn", "deviceId", "sessionId"}
        assert data["user"] == made["user"]
        assert data["accessToken"].count(".") == 2
        assert re.fullmatch(r"[0-9a-f]{20}", data["deviceId"])
        assert re.fullmatch(r"session_[0-9a-z]{26}", data["sessionId"])
        assert (await service.vestibule.get("/api/account", **bearer(data))).status_code == 200

    async def test_sets_no_cookie_whether_it_succeeds_or_fails(self, service):
        await service.sign_up()
        for password in (PASSWORD, "a wrong guess at it"):
            answer = await service.post(LOG_IN, {"email": "ann@example.com", "password": password})
            assert "set-cookie" not in answer.headers

    async def test_of_an_unknown_address_and_with_a_wrong_password_are_one_refusal(self, service):
        await service.sign_up()
        for email in ("ann@example.com", "unknown@example.com", "not an address"):
            answer = await service.post(LOG_IN, {"email": email, "password": "a wrong guess at it"})
            found = refused(answer, 400, "Invalid credentials")
            assert (found["errors"], found["code"]) == ([], "invalid_credentials")
            assert "www-authenticate" not in answer.headers
        assert (await service.actions())[1:] == ["login.failed"] * 3

    @pytest.mark.parametrize(
        "body", [{}, {"email": "ann@example.com"}, {"password": PASSWORD}, {"email": "", "password": ""}]
    )
    async def test_without_both_is_400(self, service, body):
        assert refused(await service.post(LOG_IN, body), 400)["errors"]

    async def test_never_delivers_tokens_by_cookie(self, service):
        await service.sign_up()
        body = {"email": "ann@example.com", "password": PASSWORD, "tokenDelivery": "cookie"}
        answer = await service.post(LOG_IN, body)
        refused(answer, 400)
        assert "set-cookie" not in answer.headers

    async def test_of_an_account_with_a_second_factor_needs_it(self, service):
        _, seed, _ = await service.vestibule.with_app()
        answer = await service.post(LOG_IN, {"email": "alice@example.com", "password": PASSWORD})
        found = refused(answer, 401)
        assert found["code"] == "mfa_required"
        assert answer.headers["www-authenticate"]
        attempt = found["attempt"]
        step = {"method": "totp", "code": code_of(seed, service.vestibule.clock), "secret": attempt["secret"]}
        done = await service.vestibule.post(f"/api/login/{attempt['id']}/steps", step)
        assert done.json()["status"] == "signed_in"

    async def test_device_ids_differ_by_session_and_are_no_hash_that_others_can_compute(self, service, start):
        first, second = await service.signed_in(), await service.log_in()
        assert first["deviceId"] != second["deviceId"]
        assert first["deviceId"] not in first["sessionId"]
        sessions = service.vestibule.services.sessions.sessions
        assert sessions.device_id(first["sessionId"]) == first["deviceId"]
        async with start(**ON, SECRET_KEY=SECRET[::-1]) as other:
            assert other.services.sessions.sessions.device_id(first["sessionId"]) != first["deviceId"]

    async def test_a_device_id_is_accepted_while_the_master_secret_is_rotated(self, start):
        async with start(**ON) as before:
            session = await AuthService(before).signed_in()
        async with start(**ON, SECRET_KEY=SECRET[::-1], SECRET_KEY_ACCEPTED=SECRET) as after:
            sessions = after.services.sessions.sessions
            assert sessions.is_device_id(session["sessionId"], session["deviceId"])
            assert sessions.device_id(session["sessionId"]) != session["deviceId"]


class TestVerify:
    """3k, 3m."""

    async def test_with_the_emailed_code_succeeds(self, service):
        await service.sign_up()
        answer = await service.post(VERIFY, {"email": "ann@example.com", "code": await service.code()})
        assert succeeded(answer) is None
        assert answer.json()["message"] == "User verified successfully"
        user = await service.vestibule.services.accounts.administration.find("ann@example.com")
        assert user.email_verified_at is not None
        assert "email.verified" in await service.actions()

    @pytest.mark.parametrize("code", ["1234", "12345", "1234567", "abcdef", "", None, 123456])
    async def test_with_a_code_of_another_form_is_400_as_from_the_page_with_four_digits(self, service, code):
        await service.sign_up()
        assert refused(await service.post(VERIFY, {"email": "ann@example.com", "code": code}), 400)["message"]

    async def test_with_a_wrong_code_is_the_same_for_every_address(self, service):
        await service.sign_up()
        await service.vestibule.services.accounts.demo.seed()
        code = await service.code()
        wrong = "000000" if code != "000000" else "111111"
        for email in ("ann@example.com", "unknown@example.com", "demo@user.io"):
            found = refused(await service.post(VERIFY, {"email": email, "code": wrong}), 400, "Invalid code")
            assert (found["errors"], found["code"]) == ([], "invalid_code")

    async def test_five_wrong_guesses_end_the_code(self, service):
        await service.sign_up()
        code = await service.code()
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            refused(await service.post(VERIFY, {"email": "ann@example.com", "code": wrong}), 400, "Invalid code")
        refused(await service.post(VERIFY, {"email": "ann@example.com", "code": code}), 400, "Invalid code")

    async def test_with_an_expired_or_used_code_is_400(self, service):
        await service.sign_up()
        body = {"email": "ann@example.com", "code": await service.code()}
        service.vestibule.clock.advance(10 * MINUTE)
        refused(await service.post(VERIFY, body), 400, "Token Expired")
        succeeded(await service.post(RESEND, {"email": "ann@example.com"}), 201)
        body["code"] = await service.code()
        succeeded(await service.post(VERIFY, body))
        assert refused(await service.post(VERIFY, body), 400, "Invalid code")["code"] == "used_code"

    async def test_resending_is_201_for_every_address_and_emails_one_of_them(self, service):
        await service.sign_up()
        await service.vestibule.services.accounts.demo.seed()
        answers = [
            await service.post(RESEND, {"email": email})
            for email in ("ann@example.com", "unknown@example.com", "demo@user.io", "not an address")
        ]
        assert {(succeeded(answer, 201), answer.text) for answer in answers} == {(None, answers[0].text)}
        assert answers[0].json()["message"] == "Code send to email"
        assert len(await service.vestibule.mails("ann@example.com", "Confirm")) == 2
        assert await service.vestibule.mails("unknown@example.com") == []
        assert await service.vestibule.mails("demo@user.io") == []


class TestReset:
    """3k, 3n, 3o."""

    async def test_by_the_emailed_link_replaces_the_password_and_ends_every_session(self, service):
        session = await service.signed_in()
        token = await service.reset_token()
        body = {"email": "ann@example.com", "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD, "token": token}
        answer = await service.post(RESET, body)
        assert succeeded(answer) is None
        assert answer.json()["message"] == "Password reset successfull, Please Login again"
        refused(await service.get(f"{SESSIONS}?userId={session['user']['id']}", **bearer(session)), 401)
        refused(await service.post(REFRESH, refreshing(session)), 400, "Invalid refresh Token")
        refused(await service.post(LOG_IN, {"email": "ann@example.com", "password": PASSWORD}), 400)
        await service.log_in(password=NEW_PASSWORD)
        refused(await service.post(RESET, body), 400, "Token already used")
        assert {"password.reset_requested", "password.reset"} <= set(await service.actions())

    async def test_link_opens_the_page_with_the_token_in_its_query(self, service):
        await service.sign_up()
        assert "/reset-password?t=vst_rst_" in await service.reset_link()

    async def test_needs_no_email(self, service):
        await service.sign_up()
        body = {"password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD, "token": await service.reset_token()}
        succeeded(await service.post(RESET, body))

    @pytest.mark.parametrize("email", ["ANN@Example.com", " ann@example.com "])
    async def test_takes_the_address_as_people_write_it(self, service, email):
        await service.sign_up()
        token = await service.reset_token()
        body = {"email": email, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD, "token": token}
        succeeded(await service.post(RESET, body))

    @pytest.mark.parametrize("email", ["bob@example.com", "unknown@example.com", "ann", "ann@example.com.evil.org"])
    async def test_with_another_address_is_refused_as_a_wrong_token_and_leaves_the_link(self, service, email):
        await service.sign_up()
        await service.sign_up("Bob", "bob@example.com")
        token = await service.reset_token()
        body = {"email": email, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD, "token": token}
        other = refused(await service.post(RESET, body), 400, "Invalid Token")
        wrong = refused(await service.post(RESET, body | {"token": "a" * 64}), 400, "Invalid Token")
        assert (other["code"], other["errors"]) == (wrong["code"], wrong["errors"]) == ("invalid_code", [])
        succeeded(await service.post(RESET, body | {"email": "ann@example.com"}))

    async def test_without_the_same_password_twice_is_refused_and_costs_nothing(self, service):
        await service.sign_up()
        body = {"email": "ann@example.com", "password": NEW_PASSWORD, "token": await service.reset_token()}
        found = refused(await service.post(RESET, body | {"confirmPassword": PASSWORD}), 400, "Password does not match")
        assert found["errors"] == ["Password does not match"]
        refused(await service.post(RESET, body), 400)
        succeeded(await service.post(RESET, body | {"confirmPassword": NEW_PASSWORD}))

    @pytest.mark.parametrize("password", ["short", "Password123"])
    async def test_with_a_weak_password_is_400_with_errors(self, service, password):
        await service.sign_up()
        body = {"password": password, "confirmPassword": password, "token": await service.reset_token()}
        found = refused(await service.post(RESET, body), 400)
        assert found["errors"] == [found["message"]]

    async def test_with_an_expired_link_is_400(self, service):
        await service.sign_up()
        body = {"password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD, "token": await service.reset_token()}
        service.vestibule.clock.advance(30 * MINUTE)
        refused(await service.post(RESET, body), 400, "Reset Token Expired")

    async def test_only_the_newest_link_works(self, service):
        await service.sign_up()
        older = await service.reset_token()
        newer = await service.reset_token()
        body = {"password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}
        refused(await service.post(RESET, body | {"token": older}), 400, "Invalid Token")
        succeeded(await service.post(RESET, body | {"token": newer}))

    async def test_is_offered_to_every_address_alike(self, service):
        await service.sign_up()
        answers = [
            await service.post(FORGOT, {"email": email})
            for email in ("ann@example.com", "unknown@example.com", "not an address")
        ]
        assert {(succeeded(answer), answer.text) for answer in answers} == {(None, answers[0].text)}
        assert answers[0].json()["message"] == "If the email exists, a reset link has been sent."
        assert await service.vestibule.mails("unknown@example.com") == []


class TestSessions:
    """3f, 3g, 3i, 3j, 3l, 3s."""

    async def test_lists_one_s_own_without_any_hash(self, service):
        first = await service.signed_in()
        service.http.headers["User-Agent"] = PHONE
        second = await service.log_in()
        answer = await service.get(f"{SESSIONS}?userId={first['user']['id']}", **bearer(first))
        found = {entry["id"]: entry for entry in succeeded(answer)}
        assert answer.json()["message"] == "sessions fetched successfully"
        assert found.keys() == {first["sessionId"], second["sessionId"]}
        entry = found[second["sessionId"]]
        assert entry.keys() == {"id", "user_id", "device_id", "expires_at", "created_at", "device_type"}
        assert (entry["user_id"], entry["device_id"]) == (first["user"]["id"], second["deviceId"])
        assert entry["device_type"] == {
            "browser": "Mobile Safari", "os": "iOS", "device": "iPhone", "vendor": "Apple", "model": "iPhone",
        }  # fmt: skip
        assert "refresh_token" not in answer.text

    @pytest.mark.parametrize("user_agent", ["", "x", "curl/8", "M" * 5000])
    async def test_lists_sessions_of_any_program(self, service, user_agent):
        await service.sign_up()
        service.http.headers["User-Agent"] = user_agent
        session = await service.log_in()
        found = succeeded(await service.get(f"{SESSIONS}?userId={session['user']['id']}", **bearer(session)))
        assert all(isinstance(part, str) for part in found[0]["device_type"].values())

    async def test_of_others_look_as_if_there_were_none(self, service):
        mine, other = await service.signed_in(), await service.signed_in("bob@example.com")
        for user_id in (other["user"]["id"], "user_" + "0" * 26, "x", "5f0c4e1e-0000-4000-8000-000000000000"):
            answer = await service.get(f"{SESSIONS}?userId={user_id}", **bearer(mine))
            found = refused(answer, 404, "No user session found")
            assert (found["errors"], found["code"]) == ([], "not_found")

    @pytest.mark.parametrize("query", ["", "?userId=a&userId=b", "?user=x", "?userId=" + "a" * 400])
    async def test_need_one_user_id(self, service, query):
        session = await service.signed_in()
        assert refused(await service.get(SESSIONS + query, **bearer(session)), 400)["errors"]

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", SESSIONS + "?userId=x"), ("DELETE", LOG_OUT), ("POST", LOG_OUT_ALL)]
    )
    async def test_need_a_bearer_token(self, service, method, path):
        body = {"sessionId": "x", "deviceId": "x"} if method == "DELETE" else None
        for headers, code in (
            ({}, "authentication_required"),
            ({"Authorization": "Bearer a.b.c"}, "invalid_token"),
            ({"Authorization": "Basic YTpi"}, "invalid_token"),
        ):
            answer = await service.send(method, path, body, **headers)
            assert refused(answer, 401)["code"] == code
            assert answer.headers["www-authenticate"].startswith("Bearer ")

    async def test_log_out_ends_this_one_for_every_route_and_drops_the_old_cookies(self, service):
        session = await service.signed_in()
        answer = await service.send("DELETE", LOG_OUT, ending(session), **bearer(session))
        assert succeeded(answer) == {"id": session["sessionId"]}
        assert answer.json()["message"] == "Session deleted successfully"
        dropped = answer.headers.get_list("set-cookie")
        assert {line.partition("=")[0] for line in dropped} == {"accessToken", "refreshToken", "deviceId"}
        assert all("Max-Age=0" in line and "Path=/;" in line for line in dropped)
        refused(await service.send("DELETE", LOG_OUT, ending(session), **bearer(session)), 401)
        refused(await service.post(REFRESH, refreshing(session)), 400, "Invalid refresh Token")
        assert (await service.vestibule.get("/api/account", **bearer(session))).status_code == 401
        refreshed = await service.vestibule.post("/api/auth/refresh", {"refreshToken": session["refreshToken"]})
        assert refreshed.status_code == 401
        assert (await service.actions())[-1] == "session.logout"

    async def test_log_out_ends_another_of_one_s_own(self, service):
        here, there = await service.signed_in(), await service.log_in()
        succeeded(await service.send("DELETE", LOG_OUT, ending(there), **bearer(here)))
        refused(await service.get(f"{SESSIONS}?userId=x", **bearer(there)), 401)
        assert len(succeeded(await service.get(f"{SESSIONS}?userId={here['user']['id']}", **bearer(here)))) == 1
        assert (await service.actions())[-1] == "session.ended"

    async def test_log_out_of_what_is_not_one_s_own_is_400_and_ends_nothing(self, service):
        mine, other, second = (
            await service.signed_in(),
            await service.signed_in("bob@example.com"),
            await service.log_in(),
        )
        wrong = "0" * 20 if mine["deviceId"] != "0" * 20 else "1" * 20
        for body in (
            ending(other),
            ending(mine, deviceId=wrong),
            ending(mine, deviceId=second["deviceId"]),
            ending(mine, deviceId=mine["deviceId"].upper() + "x"),
            ending(mine, deviceId="ä" * 20),
            ending(mine, sessionId="session_" + "0" * 26),
            {"sessionId": "1", "deviceId": "1"},
        ):
            found = refused(await service.send("DELETE", LOG_OUT, body, **bearer(mine)), 400, "No session found")
            assert found["errors"] == ["No session found"]
        for session in (mine, other, second):
            assert (await service.vestibule.get("/api/account", **bearer(session))).status_code == 200

    @pytest.mark.parametrize(
        "body", [None, {}, {"sessionId": "x"}, {"deviceId": "x"}, {"sessionId": "", "deviceId": ""}]
    )
    async def test_log_out_without_both_names_is_400(self, service, body):
        session = await service.signed_in()
        refused(await service.send("DELETE", LOG_OUT, body, **bearer(session)), 400)
        assert (await service.vestibule.get("/api/account", **bearer(session))).status_code == 200

    async def test_log_out_everywhere_ends_all_of_one_s_own_and_no_others(self, service):
        here, there = await service.signed_in(), await service.log_in()
        other, browser = await service.signed_in("bob@example.com"), service.vestibule.browser()
        assert (await browser.sign_in("ann@example.com")).status_code == 200
        answer = await service.post(LOG_OUT_ALL, **bearer(here))
        ended = [entry["id"] for entry in succeeded(answer)]
        assert answer.json()["message"] == "Log out from all devices sucessfull"
        assert {here["sessionId"], there["sessionId"]} < set(ended)
        assert len(ended) == len(set(ended)) == 3
        assert len(answer.headers.get_list("set-cookie")) == 3
        for session, status in ((here, 401), (there, 401), (other, 200)):
            assert (await service.vestibule.get("/api/account", **bearer(session))).status_code == status
        assert await browser.whoami() is None
        refused(await service.post(REFRESH, refreshing(there)), 400, "Invalid refresh Token")

    async def test_of_a_browser_are_not_read(self, service):
        """The cookie of our own pages neither signs in here nor asks for a CSRF token."""
        browser = service.vestibule.browser()
        await browser.register()
        for method, path, body in (
            ("GET", SESSIONS + "?userId=x", {}),
            ("POST", LOG_OUT_ALL, {}),
            ("DELETE", LOG_OUT, {"json": {"sessionId": "x", "deviceId": "x"}}),
        ):
            for headers in ({}, {"XSRF-Token": browser.http.cookies["XSRF-TOKEN"]}):
                refused(await browser.http.request(method, path, headers=headers, **body), 401)
        body = {"email": "alice@example.com", "password": PASSWORD}
        succeeded(await browser.http.post(LOG_IN, json=body))
        succeeded(await browser.http.post(SIGN_UP, json={**body, "email": "b@example.com", "name": "B"}), 201)
        succeeded(await browser.http.post(FORGOT, json={"email": "alice@example.com"}))
        succeeded(await browser.http.post(RESEND, json={"email": "alice@example.com"}), 201)
        assert (await browser.whoami())["username"] == "alice"


class TestAccessTokens:
    """3h, 3r."""

    async def test_come_with_a_new_refresh_token(self, service):
        session = await service.signed_in()
        answer = await service.post(REFRESH, refreshing(session))
        data = succeeded(answer)
        assert answer.json()["message"] == "Access token generated successfully"
        assert data.keys() == {"accessToken", "refreshToken", "expiresIn"}
        assert data["refreshToken"] != session["refreshToken"]
        assert "set-cookie" not in answer.headers
        again = succeeded(await service.post(REFRESH, refreshing(session, refreshToken=data["refreshToken"])))
        assert (await service.vestibule.get("/api/account", **bearer(again))).status_code == 200

    async def test_of_a_refresh_token_that_was_used_end_the_session(self, service):
        session = await service.signed_in()
        first = succeeded(await service.post(REFRESH, refreshing(session)))
        second = succeeded(await service.post(REFRESH, refreshing(session, refreshToken=first["refreshToken"])))
        refused(await service.post(REFRESH, refreshing(session)), 400, "Invalid refresh Token")
        assert (await service.vestibule.get("/api/account", **bearer(second))).status_code == 401
        latest = refreshing(session, refreshToken=second["refreshToken"])
        refused(await service.post(REFRESH, latest), 400, "Invalid refresh Token")
        assert "token.refresh_reused" in await service.actions()

    async def test_need_everything_that_belongs_to_the_refresh_token(self, service):
        mine, second, other = (
            await service.signed_in(),
            await service.log_in(),
            await service.signed_in("bob@example.com"),
        )
        strangers = [
            {"userId": other["user"]["id"]},
            {"userId": "user_" + "0" * 26},
            {"sessionId": other["sessionId"]},
            {"sessionId": second["sessionId"]},
            {"sessionId": second["sessionId"], "deviceId": second["deviceId"]},
            {"sessionId": other["sessionId"], "deviceId": other["deviceId"], "userId": other["user"]["id"]},
            {"deviceId": second["deviceId"]},
            {"deviceId": mine["deviceId"][:19]},
            {"deviceId": "ä" * 20},
            {"refreshToken": other["refreshToken"]},
            {"refreshToken": mine["accessToken"][:500]},
            {"refreshToken": "x"},
        ]
        for wrong in strangers:
            found = refused(await service.post(REFRESH, refreshing(mine, **wrong)), 400, "Invalid refresh Token")
            assert (found["errors"], found["code"]) == ([], "invalid_refresh_token")
        for session in (mine, second, other):
            succeeded(await service.post(REFRESH, refreshing(session)))

    @pytest.mark.parametrize("missing", ["refreshToken", "userId", "deviceId", "sessionId"])
    async def test_need_every_member(self, service, missing):
        body = refreshing(await service.signed_in())
        for empty in ({missing: ""}, {missing: None}):
            found = refused(await service.post(REFRESH, body | empty), 400)
            assert found["errors"] == [f"{missing} is required."]
        succeeded(await service.post(REFRESH, body))

    async def test_are_never_taken_from_the_refresh_cookie(self, start):
        async with start(**ON) as vestibule:
            await vestibule.register("alice")
            browser = vestibule.browser()
            body = {"username": "alice", "password": PASSWORD, "tokenDelivery": "cookie"}
            await browser.http.post("/api/auth/login", json=body)
            cookie = {"Cookie": f"vestibule_refresh={browser.http.cookies['vestibule_refresh']}"}
            for send in ({}, {"json": {}}):
                refused(await vestibule.http.post(REFRESH, headers=cookie, **send), 400)

    async def test_of_a_disabled_user_are_refused(self, service):
        session = await service.signed_in()
        administration = service.vestibule.services.accounts.administration
        await administration.disable(await administration.find("ann@example.com"))
        refused(await service.post(REFRESH, refreshing(session)), 400, "Invalid refresh Token")
        refused(await service.post(LOG_OUT_ALL, **bearer(session)), 401)
        refused(
            await service.post(LOG_IN, {"email": "ann@example.com", "password": PASSWORD}), 400, "Invalid credentials"
        )


class TestHealth:
    """3q."""

    async def test_says_what_works_and_nothing_about_the_machine(self, service):
        service.vestibule.clock.let_leases_lapse(90_000_000)
        data = succeeded(await service.get(HEALTH))
        assert data["app"].keys() == {"status", "uptime"}
        assert data["app"]["status"] == "up"
        assert data["app"]["uptime"] >= 90
        assert data["database"]["status"] == "up"
        assert re.fullmatch(r"\d+ ms", data["database"]["latency"])

    async def test_of_a_draining_worker_is_503_with_a_database_that_is_up(self, service):
        service.vestibule.services.operations.health.drain()
        body = (await service.get(HEALTH)).json()
        assert (body["statusCode"], body["success"], body["data"]["database"]["status"]) == (503, False, "up")


class TestOwnRoutes:
    async def test_are_untouched(self, service):
        await service.vestibule.register("alice")
        refusal = await service.vestibule.post("/api/auth/login", {"email": "x@example.com", "password": "guess at it"})
        assert (refusal.status_code, refusal.headers["content-type"]) == (401, "application/problem+json")
        assert isinstance(refusal.json()["errors"], dict)
        for path in ("/api/nothing", "/api/v2/auth/login", "/api/v10/health", "/api"):
            answer = await service.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path

    async def test_answer_as_without_the_profile(self, start, service, vestibule):
        await service.vestibule.register("bobby")
        await vestibule.register("bobby")
        for row in ROUTES:
            if "{" in row.path or row.path.startswith(("/dev", "/packages", "/oauth/status", "/metrics")):
                continue
            shapes = []
            for system in (service.vestibule, vestibule):
                answer = await system.http.request(row.method, row.path, headers={"X-Request-Id": "same"})
                kind = answer.headers.get("content-type")
                members = sorted(answer.json()) if kind and "json" in kind and isinstance(answer.json(), dict) else None
                shapes.append((answer.status_code, kind, members))
            assert shapes[0] == shapes[1], row.path


class TestStart:
    def test_names_the_weakening(self):
        assert len(PROFILE.weakenings) == 1
        assert "query" in PROFILE.weakenings[0]

    async def test_configuration_names_the_profile(self, service):
        assert (await service.get("/api/config")).json()["compatibility"] == ["auth-service"]

    def test_guards_are_the_known_ones(self):
        assert {row.guard for row in ROWS} == {guards.anyone, guards.signed_in}

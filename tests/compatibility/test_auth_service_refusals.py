"""Every refusal below /api/v1 has the envelope of Auth Service, whatever refused the request and at whichever row."""

import base64

import pytest
from auth_service_client import (
    FORGOT,
    HEALTH,
    LOG_IN,
    LOG_OUT,
    ON,
    REFRESH,
    RESEND,
    RESET,
    SIGN_UP,
    V1,
    VERIFY,
    WELCOME,
    AuthService,
    bearer,
    refused,
    succeeded,
)

from fakes import SteppingClock
from harness import PASSWORD, SECRET, Vestibule, environment
from vestibule import settings
from vestibule.app import create_app
from vestibule.bootstrap import Overrides
from vestibule.checks.guards import signed_in
from vestibule.compatibility.auth_service import PROFILE
from vestibule.routes import ROUTES

ROWS = PROFILE.all_rows({(row.method, row.path): row for row in ROUTES}, development=False)
EVIL = "https://evil.example"
BODIES = {
    SIGN_UP: {"name": "Ann", "email": "ann@example.com", "password": PASSWORD},
    LOG_IN: {"email": "ann@example.com", "password": PASSWORD},
    VERIFY: {"email": "ann@example.com", "code": "123456"},
    RESEND: {"email": "ann@example.com"},
    FORGOT: {"email": "ann@example.com"},
    RESET: {"email": "ann@example.com", "password": PASSWORD, "confirmPassword": PASSWORD, "token": "x"},
    LOG_OUT: {"sessionId": "x", "deviceId": "x"},
    REFRESH: {"refreshToken": "vst_ref_" + "A" * 49, "userId": "x", "deviceId": "x", "sessionId": "x"},
}
GUESSED = (LOG_IN, SIGN_UP, FORGOT, RESEND, VERIFY, RESET)
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
each_unsafe = pytest.mark.parametrize("row", [row for row in ROWS if row.method != "GET"], ids=lambda row: row.path)
each_body = pytest.mark.parametrize("row", [row for row in ROWS if row.body], ids=lambda row: row.path)


@pytest.fixture
async def service(start):
    async with start(**ON) as vestibule:
        yield AuthService(vestibule)


def address(row) -> str:
    return row.path + ("?userId=x" if row.query else "")


class TestEveryRow:
    def test_that_takes_a_body_has_one_here(self):
        assert {row.path for row in ROWS if row.body} == BODIES.keys()

    @each_row
    async def test_refuses_other_methods(self, service, row):
        for method in ("PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "GET" if row.method != "GET" else "POST"):
            answer = await service.send(method, row.path)
            assert refused(answer, 405)["code"] == "method_not_allowed"
            assert row.method in answer.headers["allow"]

    @each_unsafe
    async def test_refuses_other_media_types(self, service, row):
        session = await service.signed_in()
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            headers = {"Content-Type": kind, **bearer(session)}
            answer = await service.http.request(row.method, row.path, content=b"a=b", headers=headers)
            assert refused(answer, 415)["code"] == "unsupported_media_type"

    @each_unsafe
    async def test_refuses_other_origins(self, service, row):
        answer = await service.send(row.method, address(row), BODIES.get(row.path), Origin=EVIL)
        assert refused(answer, 403)["code"] == "origin_not_allowed"

    @each_row
    async def test_refuses_other_hosts(self, service, row):
        answer = await service.send(row.method, row.path, Host="evil.example")
        assert refused(answer, 421)["code"] == "unknown_host"

    @each_row
    async def test_refuses_a_caller_who_is_not_signed_in_where_it_is_guarded(self, service, row):
        answer = await service.send(row.method, address(row), BODIES.get(row.path))
        if row.guard is signed_in:
            assert refused(answer, 401)["code"] == "authentication_required"
            assert answer.headers["www-authenticate"] == 'Bearer realm="vestibule"'
        else:
            assert answer.status_code != 401
            assert "www-authenticate" not in answer.headers

    @each_row
    async def test_refuses_nul_in_the_address(self, service, row):
        if row.query is not None:
            session = await service.signed_in()
            refused(await service.get(f"{row.path}?userId=%00", **bearer(session)), 400)
        if row.path.startswith(V1):
            refused(await service.send(row.method, f"{row.path}%00"), 400)


class TestEveryBody:
    @each_body
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"{", "malformed_json"),
            (b"", "malformed_json"),
            (b"null", "malformed_json"),
            (b"[]", "malformed_json"),
            (b'"text"', "malformed_json"),
            (b'{"email": "a", "email": "b"}', "duplicate_key"),
            (b'{"email": "\\u0000"}', "invalid_text"),
            (b'{"email": "\\ud800"}', "invalid_text"),
            (b"\xff", "malformed_json"),
            (b'{"x":' * 3000, "malformed_json"),
        ],
    )
    async def test_that_cannot_be_read_is_400(self, service, row, content, code):
        session = await service.signed_in()
        headers = {"Content-Type": "application/json", **bearer(session)}
        answer = await service.http.request(row.method, row.path, content=content, headers=headers)
        assert refused(answer, 400)["code"] == code

    @each_body
    @pytest.mark.parametrize("value", [7, 1.5, True, [], {}, "a" * 2000])
    async def test_with_a_member_of_another_type_is_400_and_names_it(self, service, row, value):
        session = await service.signed_in()
        for name in BODIES[row.path]:
            body = BODIES[row.path] | {name: value}
            found = refused(await service.send(row.method, row.path, body, **bearer(session)), 400)
            assert found["errors"], name
            assert found["code"] == "validation_failed"
            assert found["message"] == " ".join(found["errors"])

    @each_body
    async def test_with_an_unknown_member_is_400_and_names_it(self, service, row):
        session = await service.signed_in()
        body = BODIES[row.path] | {"constructor": "x"}
        found = refused(await service.send(row.method, row.path, body, **bearer(session)), 400)
        assert any(sentence.startswith("constructor does not exist.") for sentence in found["errors"])

    @each_body
    async def test_with_thousands_of_members_gets_a_bounded_answer(self, service, row):
        session = await service.signed_in()
        body = {f"member{number}": "x" * 5 for number in range(3000)}
        answer = await service.send(row.method, row.path, body, **bearer(session))
        assert len(refused(answer, 400)["errors"]) <= 20
        assert len(answer.json()["message"]) <= 1000

    @each_body
    async def test_that_is_too_large_is_413(self, service, row):
        session = await service.signed_in()
        answer = await service.send(row.method, row.path, {"email": "a" * 70_000}, **bearer(session))
        assert refused(answer, 413)["code"] == "body_too_large"


class TestUnknownPaths:
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    @pytest.mark.parametrize(
        "path", [V1, f"{V1}/", f"{V1}/nothing", f"{V1}/auth/login/", f"{V1}/auth", f"{V1}//health", f"{V1}/AUTH/LOGIN"]
    )
    async def test_are_404(self, service, method, path):
        answer = await service.send(method, path, Accept="text/html")
        assert refused(answer, 404)["code"] == "not_found"

    @pytest.mark.parametrize("path", [f"{V1}/%2e%2e/session", f"{V1}/auth%2Flogin"])
    async def test_that_are_ambiguous_are_400(self, service, path):
        assert refused(await service.get(path), 400)["code"] == "ambiguous_path"

    async def test_of_the_greeting_are_refused_in_the_envelope_too(self, service):
        assert refused(await service.post(WELCOME, {}), 405)["code"] == "method_not_allowed"


class TestLimits:
    @pytest.mark.parametrize("path", GUESSED)
    async def test_are_429_with_the_time_to_wait(self, start, path):
        limits = dict.fromkeys(("LIMIT_LOGIN_ADDRESS", "LIMIT_REGISTRATION", "LIMIT_CODES"), "1/1h")
        async with start(**ON, **limits) as vestibule:
            service = AuthService(vestibule)
            await service.post(path, BODIES[path])
            answer = await service.post(path, BODIES[path])
            found = refused(answer, 429)
            assert (found["code"], found["errors"]) == ("rate_limited", [])
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["ratelimit"]

    async def test_are_shared_with_the_own_routes(self, start):
        async with start(**ON, LIMIT_LOGIN_ADDRESS="2/1h") as vestibule:
            service = AuthService(vestibule)
            await vestibule.log_in("x@example.com", "a wrong guess")
            await service.post(LOG_IN, BODIES[LOG_IN])
            refused(await service.post(LOG_IN, BODIES[LOG_IN]), 429)
            assert (await vestibule.log_in("x@example.com", "a wrong guess")).status_code == 429

    async def test_cost_nothing_for_a_request_that_is_not_valid(self, start):
        async with start(**ON, LIMIT_REGISTRATION="1/1h", LIMIT_CODES="1/1h") as vestibule:
            service = AuthService(vestibule)
            for _ in range(3):
                refused(await service.post(SIGN_UP, BODIES[SIGN_UP] | {"password": "short"}), 400)
                refused(await service.post(RESET, BODIES[RESET] | {"confirmPassword": "x"}), 400)
            succeeded(await service.post(SIGN_UP, BODIES[SIGN_UP]), 201)
            refused(await service.post(RESET, BODIES[RESET]), 400, "Invalid Token")

    @pytest.mark.parametrize("email", ["ann@example.com", "unknown@example.com"])
    async def test_of_one_account_delay_guesses_whichever_route_they_take(self, start, email):
        async with start(**ON, ACCOUNT_FAILURES="3") as vestibule:
            service = AuthService(vestibule)
            await service.sign_up()
            wrong = {"email": email, "password": "a wrong guess at it"}
            for _ in range(2):
                refused(await service.post(LOG_IN, wrong), 400, "Invalid credentials")
            assert (await vestibule.log_in(email, "a wrong guess at it")).status_code == 401
            for password in ("a wrong guess at it", PASSWORD):
                answer = await service.post(LOG_IN, wrong | {"password": password})
                assert refused(answer, 429)["code"] == "rate_limited"
                assert int(answer.headers["retry-after"]) > 0
            assert "login.limited" in await service.actions()


class TestAttacks:
    @pytest.mark.parametrize("path", GUESSED)
    async def test_need_a_proof_of_work_whose_challenge_is_told(self, start, path):
        async with start(**ON, PROOF_OF_WORK="always", PROOF_OF_WORK_BITS="6") as vestibule:
            found = refused(await AuthService(vestibule).post(path, BODIES[path]), 428)
            assert found["code"] == "proof_of_work_required"
            assert found["challenge"].keys() == {"algorithm", "bits", "puzzle"}


class TestFailures:
    @pytest.fixture(params=["sqlite:////nowhere/at/all.db", "postgresql://nobody@127.0.0.1:9/nothing"])
    def without_database(self, request, tmp_path):
        given = settings.load(environ=environment(request.param, tmp_path, **ON))
        app = create_app(given, Overrides(clock=SteppingClock()))
        return AuthService(Vestibule(app, SteppingClock(), "http://localhost:8000"))

    @each_row
    async def test_of_the_database_are_503_with_the_time_to_wait(self, without_database, row):
        header = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"at+jwt","kid":"key_x"}').decode().rstrip("=")
        token = {"accessToken": f"{header}.e30.{'A' * 86}"}
        body = BODIES.get(row.path)
        services = without_database.vestibule.services
        if row.path == RESET:
            body = body | {"token": services.accounts.password_reset._codes._hasher.new("rst")}
        if row.path == REFRESH:
            body = body | {"refreshToken": services.accounts.password_reset._codes._hasher.new("ref")}
            body = body | {"deviceId": services.sessions.sessions.device_id("x")}
        answer = await without_database.send(row.method, address(row), body, **bearer(token))
        if row.path == WELCOME:
            succeeded(answer)
            return
        assert int(answer.headers["retry-after"]) > 0
        if row.path == HEALTH:
            found = answer.json()
            assert (answer.status_code, found["statusCode"], found["success"]) == (503, 503, False)
            assert found["data"]["database"]["status"] == "down"
            assert found["data"]["app"]["status"] == "up"
        else:
            assert refused(answer, 503)["code"] == "database_unavailable"

    async def test_of_our_own_are_500_and_tell_nothing(self, start, monkeypatch):
        async with start(**ON) as vestibule:

            async def crash(*_):
                raise RuntimeError("SELECT secret FROM users")

            monkeypatch.setattr(vestibule.services.accounts.reset_links, "request", crash)
            answer = await AuthService(vestibule).post(FORGOT, BODIES[FORGOT])
            found = refused(answer, 500)
            assert found["code"] == "internal_error"
            assert "SELECT" not in found["message"] + found["fix"]


class TestProduction:
    async def test_adds_nothing_that_is_for_developers(self, start):
        mail = {"MAIL_TRANSPORT": "smtp", "SMTP_HOST": "127.0.0.1", "MAIL_FROM": "id@example.com"}
        async with start(
            **ON, **mail, ENV="production", PUBLIC_URL="https://id.example.com", SECRET_KEY=SECRET
        ) as vestibule:
            service = AuthService(vestibule)
            for answer in (await service.post(LOG_IN, BODIES[LOG_IN]), await service.get(f"{V1}/x")):
                found = refused(answer, answer.status_code)
                assert found.keys() == {"statusCode", "data", "message", "success", "errors", "code", "requestId"}

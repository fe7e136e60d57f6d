"""The requests that the articles of the reference systems print, as printed, in every mode: profile or not."""

import pytest
from modes import FRONT_END, MODES, has, token_of

from harness import bearer
from mail_servers import resend_address, resend_api

SRIYA = {"username": "Sriya", "email": "sriya@gmail.com", "password": "Password123"}
# The articles' own password is refused everywhere: it is among the first that attackers try.
PASSWORD = "Rainy-Harbour-123"
WHO = {"username": "Sriya", "email": "sriya@gmail.com"}


@pytest.fixture(scope="module")
def mails():
    with resend_api() as api:
        yield api


@pytest.fixture(params=MODES)
def mode(request, mails):
    return resend_address(mails) | MODES[request.param]


@pytest.fixture
async def system(start, mode):
    async with start(**mode, **({} if "MAIL_TRANSPORT" in mode else DEVELOPMENT_MAIL)) as vestibule:
        yield vestibule


DEVELOPMENT_MAIL = {
    "MAIL_TRANSPORT": "resend", "MAIL_FROM": "no-reply@example.com", "RESEND_API_KEY": "re_secret_of_ours",
}  # fmt: skip


def is_production(mode):
    return mode.get("ENV") == "production"


class TestAuthFlow:
    """Articles 000 and 001: a token API."""

    async def test_health_and_requests_of_the_front_end_on_another_origin(self, system):
        answer = await system.get("/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        names = {"Method": "POST", "Headers": "authorization,content-type"}
        asked = {f"Access-Control-Request-{name}": value for name, value in names.items()}
        preflight = await system.http.options("/api/auth/login", headers={"Origin": FRONT_END} | asked)
        assert preflight.status_code == 200
        allowed = preflight.headers["access-control-allow-headers"].lower()
        assert {"authorization", "content-type"} <= set(allowed.split(", "))
        answer = await system.post("/api/auth/register", SRIYA | {"password": PASSWORD}, Origin=FRONT_END)
        for found in (preflight, answer):
            assert found.headers["access-control-allow-origin"] == FRONT_END
            assert found.headers["access-control-allow-credentials"] == "true"

    async def test_the_whole_journey(self, system, mode, mails):
        profile = has(mode, "auth-flow")
        refused = await system.post("/api/auth/register", SRIYA)
        assert (refused.status_code, refused.json()["success"]) == (422, False)
        assert "one of the first that attackers try" in refused.json()["message"]

        made = await system.post("/api/auth/register", SRIYA | {"password": PASSWORD})
        assert (made.status_code, made.json()["success"]) == (201, True)
        assert made.json()["user"].items() >= WHO.items()
        assert made.json()["user"]["id"]
        assert "$" not in made.text
        assert "password" not in made.text.lower()

        answer = await system.post("/api/auth/login", {"email": WHO["email"], "password": PASSWORD})
        tokens = answer.json()
        assert (answer.status_code, tokens["success"]) == (200, True)
        assert tokens["user"].items() >= WHO.items()
        assert tokens["accessToken"].count(".") == 2
        assert tokens["refreshToken"]

        shown = await system.get("/api/auth/profile", **bearer(tokens))
        assert shown.json()["success"] is True
        assert shown.json()["user"].items() >= WHO.items()
        assert (await system.get("/api/auth/profile")).status_code == 401

        for name in ("refreshToken", "refresh_token"):
            renewed = await system.post("/api/auth/refresh", {name: tokens["refreshToken"]})
            assert renewed.status_code == 200
            tokens = renewed.json()

        asked = await system.post("/api/auth/forgot-password", {"userEmail": WHO["email"]})
        assert (asked.status_code, asked.json()["success"]) == (200, True)
        if profile:
            assert asked.json() == {"success": True, "message": "Password reset token generated successfully"}

        token = await token_of(system, mails, "Reset your password")
        page = await system.get(f"/auth/reset-password/{token}", Accept="text/html")
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")

        reset = await system.post("/api/auth/reset-password", {"token": token, "password": "NewPassword123"})
        assert (reset.status_code, reset.json()["success"]) == (200, True)
        if profile:
            assert reset.json() == {"success": True, "message": "Password updated successfully"}
        again = await system.post("/api/auth/reset-password", {"token": token, "password": "NewPassword123"})
        assert (again.status_code, again.json()["success"]) == (410, False)

        answer = await system.post("/api/auth/login", {"email": WHO["email"], "password": "NewPassword123"})
        tokens = answer.json()
        out = await system.post("/api/auth/logout", **bearer(tokens))
        assert (out.status_code, out.json()["success"]) == (200, True)
        assert out.json()["message"] == ("Logged out successfully" if profile else "success")
        assert (await system.get("/api/auth/profile", **bearer(tokens))).status_code == 401
        used = await system.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert used.status_code == 401
        nobody = await system.post("/api/auth/logout")
        assert nobody.status_code in {400, 401}
        assert nobody.json()["success"] is False
        assert nobody.json()["message"]


class TestExpressGuide:
    """Articles 002 and 003: a browser session API."""

    async def test_the_first_calls_and_a_guarded_route(self, system, mode):
        hello = await system.get("/hello/world")
        if is_production(mode):
            assert hello.status_code == 404
        else:
            assert hello.text == "Hello World!"
            assert {"XSRF-TOKEN", "vestibule_presession"} <= set(hello.cookies)
        answer = await system.get("/api/csrf/restore")
        assert (answer.status_code, list(answer.json())) == (200, ["XSRF-Token"])
        assert answer.cookies["XSRF-TOKEN"] == answer.json()["XSRF-Token"]
        refused = await system.get("/api/account")
        expected = {"message": "Authentication required", "title": "Authentication required"}
        assert refused.status_code == 401
        assert refused.json().items() >= expected.items()
        assert refused.json()["errors"] == {"message": "Authentication required"}

    async def test_the_whole_journey(self, system, mode):
        browser = system.browser()
        assert (await browser.get("/api/session")).json()["user"] is None
        made = await browser.post("/api/users", SRIYA | {"password": PASSWORD})
        assert made.is_success
        assert (await browser.get("/api/session")).json()["user"].items() >= WHO.items()
        for _ in range(2):
            out = await browser.send("DELETE", "/api/session")
            assert (out.status_code, out.json()["message"]) == (200, "success")
            assert (await browser.get("/api/session")).json()["user"] is None

        answer = await browser.post("/api/session", {"credential": "Sriya", "password": PASSWORD})
        assert (answer.status_code, answer.json()["user"]["username"]) == (200, "Sriya")
        cookie = next(c for c in answer.headers.get_list("set-cookie") if "vestibule_session" in c)
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"max-age=604800", "httponly", "samesite=lax", "path=/"} <= attributes
        assert ("secure" in attributes) == is_production(mode)

        wrong = await browser.post("/api/session", {"credential": "Sriya", "password": "not the password"})
        assert (wrong.status_code, wrong.json()["title"]) == (401, "Login failed")
        sentence = wrong.json()["message"]
        assert wrong.json()["errors"] == ([sentence] if has(mode, "express-guide:list") else {"message": sentence})

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"username": "Sri"}, "Please provide a username with at least 4"),
            ({"username": "S" * 31}, ""),
            ({"username": "sriya@gmail.com"}, "Username cannot be an email."),
            ({"email": "no address"}, "Please provide a valid email."),
            ({"email": "s" * 250 + "@gmail.com"}, ""),
        ],
    )  # fmt: skip
    async def test_what_a_user_may_be_called(self, start, changed, sentence):
        async with start() as system:
            refused = await system.browser().post("/api/users", SRIYA | {"password": PASSWORD} | changed)
            (field,) = changed
            assert 400 <= refused.status_code < 500
            assert list(refused.json()["errors"]) == [field]
            assert sentence in refused.json()["errors"][field]

    @pytest.mark.parametrize(
        ("credential", "password"),
        [("Demo-lition", "password"), ("user1@user.io", "password2"), ("FakeUser2", "password3")],
    )
    async def test_the_demo_users_sign_in(self, start, credential, password):
        async with start() as system:
            await system.services.accounts.demo.seed()
            assert (await system.browser().sign_in(credential, password)).status_code == 200


class TestAuthService:
    """Article 004 prints no request; what it tells of works at Vestibule's own routes, profile or not."""

    async def test_registration_sign_in_sessions_and_recovery(self, system, mails):
        await system.post("/api/auth/register", SRIYA | {"password": PASSWORD})
        tokens = (await system.post("/api/auth/login", {"email": WHO["email"], "password": PASSWORD})).json()
        (session,) = (await system.get("/api/sessions", **bearer(tokens))).json()["sessions"]
        assert session["current"] is True
        await system.post("/api/auth/forgot-password", {"email": WHO["email"]})
        token = await token_of(system, mails, "Reset your password")
        reset = await system.post("/api/auth/reset-password", {"token": token, "password": "NewPassword123"})
        assert reset.status_code == 200
        assert (await system.get("/api/sessions", **bearer(tokens))).status_code == 401

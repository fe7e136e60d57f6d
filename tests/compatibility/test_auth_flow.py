"""The profile `auth-flow`: what its front end reads, and nothing that it must not change."""

import json
import re
from base64 import urlsafe_b64decode

import pytest

from harness import PASSWORD, bearer
from vestibule.domain.errors import FieldError
from vestibule.services.credentials.identifiers import parse_username

NAMES = ("Sriya T", "Jo", "Søren Kierkegaard", "a" * 60, "one.name@nowhere", "李小龍", "x y z")


@pytest.fixture
async def flow(start):
    async with start(COMPATIBILITY="auth-flow") as vestibule:
        yield vestibule


def payload(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def registered(vestibule, username: str = "Sriya T", email: str = "sriya@example.com"):
    return await vestibule.post("/api/auth/register", {"username": username, "email": email, "password": PASSWORD})


class TestRegister:
    @pytest.mark.parametrize("name", NAMES)
    async def test_takes_a_name_as_people_write_it(self, flow, name):
        answer = await registered(flow, name)
        assert answer.status_code == 201
        user = answer.json()["user"]
        assert user["username"] == name
        assert user["created_at"] == user["createdAt"]
        assert not {"token", "refresh_token", "password"} & set(user)

    async def test_two_may_have_the_same_name(self, flow):
        first = (await registered(flow)).json()["user"]
        second = (await registered(flow, email="other@example.com")).json()["user"]
        third = (await registered(flow, "sriya", "third@example.com")).json()["user"]
        fourth = (await registered(flow, "sriya", "fourth@example.com")).json()["user"]
        assert first["username"] == second["username"] == "Sriya T"
        assert third["username"] == fourth["username"] == "sriya"
        stored = [
            row["username"] for row in await flow.rows("SELECT username FROM users WHERE email LIKE '%@example.com'")
        ]
        assert len(set(stored)) == len(stored)
        assert all(not isinstance(parse_username(name), FieldError) for name in stored)
        assert "sriya" in stored

    async def test_drops_what_nobody_sees(self, flow):
        answer = await registered(flow, " Ali\u202ece \x07 B ")
        assert answer.json()["user"]["username"] == "Alice B"

    @pytest.mark.parametrize("name", ["", "   ", "\u202e", None, 5, "n" * 101])
    async def test_refuses_a_name_that_is_none(self, flow, name):
        answer = await flow.post(
            "/api/auth/register", {"username": name, "email": "a@example.com", "password": PASSWORD}
        )
        assert answer.status_code == 422
        assert answer.json()["message"]

    async def test_without_a_name_it_is_refused(self, flow):
        answer = await flow.post("/api/auth/register", {"email": "a@example.com", "password": PASSWORD})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["username"])

    async def test_a_taken_address_is_named(self, flow):
        await registered(flow)
        answer = await registered(flow, "Another One")
        assert (answer.status_code, answer.json()["message"]) == (409, "User with that email already exists")

    async def test_a_weak_password_says_so_in_message(self, flow):
        body = {"username": "Sriya", "email": "sriya@gmail.com", "password": "Password123"}
        answer = await flow.post("/api/auth/register", body)
        assert answer.status_code == 422
        assert answer.json()["message"] == answer.json()["errors"]["password"]

    @pytest.mark.parametrize("password", ["Sriya T 2026", "my sriyat 2026"])
    async def test_a_password_may_not_contain_the_name(self, flow, password):
        body = {"username": "Sriya T", "email": "s@example.com", "password": password}
        answer = await flow.post("/api/auth/register", body)
        assert (answer.status_code, answer.json()["errorCodes"]) == (422, {"password": "password_has_context"})

    async def test_private_registration_tells_nothing(self, start):
        async with start(COMPATIBILITY="auth-flow", REGISTRATION="private") as vestibule:
            first = await registered(vestibule)
            again = await registered(vestibule, "Sriya U")
            assert first.status_code == again.status_code == 202
            assert first.json() == again.json()


class TestSignIn:
    async def test_has_the_tokens_in_user_and_at_the_top(self, flow):
        await registered(flow)
        answer = (await flow.log_in("sriya@example.com")).json()
        assert answer["user"]["username"] == "Sriya T"
        assert answer["user"]["token"] == answer["accessToken"]
        assert answer["user"]["refresh_token"] == answer["refreshToken"]
        assert (await flow.get("/api/auth/profile", **bearer(answer))).status_code == 200

    async def test_by_cookie_no_token_is_in_user(self, flow):
        await registered(flow)
        answer = await flow.log_in("sriya@example.com", tokenDelivery="cookie")
        assert not {"token", "refresh_token"} & set(answer.json()["user"])
        assert answer.json()["refreshToken"] is None
        secret = re.search(r"vestibule_refresh=([^;]+)", answer.headers["set-cookie"])[1]
        assert secret not in answer.text

    async def test_unknown_addresses_and_wrong_passwords_are_answered_alike(self, flow):
        await registered(flow)
        wrong, unknown = (
            await flow.log_in("sriya@example.com", "wrong password"),
            await flow.log_in("x@example.com", "no"),
        )
        alike = [{**answer.json(), "requestId": "", "stack": ""} for answer in (wrong, unknown)]
        assert wrong.status_code == unknown.status_code == 401
        assert alike[0] == alike[1]

    async def test_claims_are_those_of_its_servers(self, flow):
        await registered(flow)
        answer = (await flow.log_in("sriya@example.com")).json()
        claims = payload(answer["accessToken"])
        assert (claims["id"], claims["email"]) == (answer["user"]["id"], "sriya@example.com")
        assert (claims["username"], claims["role"]) == ("Sriya T", "user")
        assert claims["exp"] - claims["iat"] == 3600

    async def test_no_other_answer_has_a_token_in_user(self, flow):
        await registered(flow)
        tokens = (await flow.log_in("sriya@example.com")).json()
        for path in ("/api/auth/profile", "/api/account", "/api/session"):
            user = (await flow.get(path, **bearer(tokens))).json()["user"]
            assert not {"token", "refresh_token"} & set(user)


class TestProfile:
    async def test_shows_the_display_name_every_time(self, flow):
        """The fast path would answer the second one with the username."""
        await registered(flow, "Søren K")
        tokens = (await flow.log_in("sriya@example.com")).json()
        for _ in range(3):
            assert (await flow.get("/api/auth/profile", **bearer(tokens))).json()["user"]["username"] == "Søren K"

    async def test_without_a_token_is_401(self, flow):
        answer = await flow.get("/api/auth/profile")
        assert (answer.status_code, answer.json()["success"]) == (401, False)


class TestRefresh:
    async def test_answers_the_nested_pair_and_each_token_works_once(self, flow):
        await registered(flow)
        tokens = (await flow.log_in("sriya@example.com")).json()
        answer = await flow.post("/api/auth/token/refresh", {"refresh_token": tokens["refreshToken"]})
        given = answer.json()["newAccess_token"]
        assert answer.json()["success"] is given["success"] is True
        assert given["expiresIn"] == "1h"
        again = await flow.post("/api/auth/token/refresh", {"refresh_token": given["refresh_token"]})
        assert again.status_code == 200
        assert (await flow.get("/api/auth/profile", Authorization=f"Bearer {given['token']}")).status_code == 200
        reused = await flow.post("/api/auth/token/refresh", {"refresh_token": tokens["refreshToken"]})
        assert reused.status_code == 401
        after = await flow.get("/api/auth/profile", Authorization=f"Bearer {given['token']}")
        assert after.status_code == 401

    @pytest.mark.parametrize(
        ("lifetime", "shown"), [("15m", "15m"), ("1h", "1h"), ("90m", "90m"), ("90s", "90s"), ("24h", "24h")]
    )
    async def test_the_lifetime_is_text(self, start, lifetime, shown):
        async with start(COMPATIBILITY="auth-flow", ACCESS_TOKEN_LIFETIME=lifetime) as vestibule:
            await registered(vestibule)
            tokens = (await vestibule.log_in("sriya@example.com")).json()
            answer = await vestibule.post("/api/auth/token/refresh", {"refresh_token": tokens["refreshToken"]})
            assert answer.json()["newAccess_token"]["expiresIn"] == shown

    @pytest.mark.parametrize(
        ("body", "status"),
        [({}, 422), ({"refresh_token": None}, 422), ({"refresh_token": "x"}, 401), ({"refreshToken": "x"}, 422)],
    )
    async def test_without_a_good_token_is_refused(self, flow, body, status):
        answer = await flow.post("/api/auth/token/refresh", body)
        assert (answer.status_code, answer.json()["success"]) == (status, False)

    async def test_it_does_not_exist_without_the_profile(self, vestibule):
        assert (await vestibule.post("/api/auth/token/refresh", {"refresh_token": "x"})).status_code == 404


class TestTexts:
    async def test_are_its_own(self, flow):
        await registered(flow)
        tokens = (await flow.log_in("sriya@example.com")).json()
        left = await flow.post("/api/auth/logout", **bearer(tokens))
        assert left.json() == {"message": "Logged out successfully", "success": True}
        assert (await flow.get("/api/auth/profile", **bearer(tokens))).status_code == 401
        known = await flow.post("/api/auth/forgot-password", {"userEmail": "sriya@example.com"})
        unknown = await flow.post("/api/auth/forgot-password", {"userEmail": "nobody@example.com"})
        assert (
            known.json()
            == unknown.json()
            == {"message": "Password reset token generated successfully", "success": True}
        )

    async def test_reset_by_the_link_on_its_own_page(self, start):
        async with start(COMPATIBILITY="auth-flow", APP_URL="http://localhost:5173") as vestibule:
            await registered(vestibule)
            await vestibule.post("/api/auth/forgot-password", {"userEmail": "sriya@example.com"})
            link = (await vestibule.mails("sriya@example.com", "Reset"))[0]["links"][0]
            place, _, token = link.rpartition("/")
            assert place == "http://localhost:5173/auth/reset-password"
            body = {"token": token, "password": "NewPassword123"}
            assert (await vestibule.post("/api/auth/reset-password", body)).json() == {
                "message": "Password updated successfully",
                "success": True,
            }
            assert (await vestibule.post("/api/auth/reset-password", body)).status_code == 410
            assert (await vestibule.log_in("sriya@example.com", "NewPassword123")).status_code == 200

    async def test_other_links_go_to_pages_that_exist(self, start):
        async with start(COMPATIBILITY="auth-flow", APP_URL="http://localhost:5173") as vestibule:
            await registered(vestibule)
            link = (await vestibule.mails("sriya@example.com"))[0]["links"][0]
            assert link.startswith("http://localhost:8000/auth/verify-email#token=")


class TestNever:
    async def test_an_open_mail_cannon(self, flow):
        assert (await flow.post("/api/auth/test-email", {})).status_code == 404

    @pytest.mark.parametrize("path", ["register", "login", "forgot-password", "reset-password", "token/refresh"])
    async def test_a_session_cookie_that_travels_along_changes_nothing(self, flow, path):
        browser = flow.browser()
        await browser.register()
        answer = await browser.http.post(f"/api/auth/{path}", json={}, headers={"Origin": "http://localhost:8000"})
        assert answer.json()["code"] != "csrf_failed"

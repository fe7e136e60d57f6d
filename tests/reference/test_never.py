"""What no profile brings back, with every profile on: account lists, secrets in answers, and open doors of the systems."""

import re

import pytest
from indistinguishable import Shape, Trace
from modes import LIST, OBJECT, chosen

from harness import PASSWORD, bearer

NAMES = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
MINUTE = 60_000_000


@pytest.fixture
async def every(request, start):
    unlimited = {"LIMIT_LOGIN_ADDRESS": "1000/1m", "LIMIT_CODES": "1000/1m", "LIMIT_MAIL": "1000/1m"}
    async with start(**chosen(getattr(request, "param", LIST)), **unlimited, ACCOUNT_FAILURES="1000") as vestibule:
        yield vestibule


async def join(vestibule, name="alice"):
    given = NAMES | {"username": name, "email": f"{name}@example.com"}
    return await vestibule.post("/api/auth/register", given)


async def log_in_v1(vestibule, name="alice"):
    given = {"email": f"{name}@example.com", "password": PASSWORD}
    return await vestibule.post("/api/v1/auth/login", given)


def members(value, name):
    """Every value of this member, wherever it stands, with the path to it."""
    found = []

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == name:
                    found.append((".".join(path), inner))
                walk(inner, (*path, key))
        elif isinstance(value, list):
            for inner in value:
                walk(inner, path)

    walk(value, ())
    return found


WRONG = "not the password"
# Requests about an account, by address; the password is never the right one.
ASKED = {
    "Auth-Flow's sign-in": ("/api/auth/login", lambda email: {"email": email, "password": WRONG}),
    "the Express guide's sign-in": ("/api/session", lambda email: {"credential": email, "password": WRONG}),
    "Auth Service's sign-in": ("/api/v1/auth/login", lambda email: {"email": email, "password": WRONG}),
    "Auth-Flow's forgotten password": ("/api/auth/forgot-password", lambda email: {"userEmail": email}),
    "Auth Service's forgotten password": ("/api/v1/password/forgot", lambda email: {"email": email}),
    "Auth Service's new code": ("/api/v1/verify/resend-code", lambda email: {"email": email}),
    "Auth Service's code": ("/api/v1/verify/email", lambda email: {"email": email, "code": "000000"}),
    "Auth Service's reset": (
        "/api/v1/password/reset",
        lambda email: {"email": email, "token": "vst_rst_x", "password": "a new one, long", "confirmPassword": "a new one, long"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
class TestUnknownAndWrong:
    """Alike in status, headers, body and size; and in statements and slow hashes, which are what time is made of."""

    async def ask(self, vestibule, name, email):
        path, body = ASKED[name]
        browser = vestibule.browser()
        await browser.csrf()
        with Trace(vestibule) as trace:
            answer = await browser.post(path, body(email))
            return answer, trace.taken()

    async def test_are_answered_alike(self, every, name):
        await join(every)
        for email in ("nobody@example.com", "alice@example.com"):
            await self.ask(every, name, email)
        unknown, unknown_steps = await self.ask(every, name, "no-one@example.com")
        wrong, wrong_steps = await self.ask(every, name, "alice@example.com")
        assert unknown.status_code not in {404, 422, 500}
        assert Shape.of(wrong) == Shape.of(unknown)
        assert wrong_steps == unknown_steps
        assert wrong_steps


@pytest.mark.parametrize("every", [OBJECT, LIST], ids=["object", "list"], indirect=True)
class TestTokensInAnswers:
    async def answers(self, vestibule):
        """One of each answer that has a user, but for Auth-Flow's sign-in."""
        browser, strange = vestibule.browser(), {"credential": "robin", "password": PASSWORD}
        yield await join(vestibule)
        tokens = (await vestibule.log_in()).json()
        yield await vestibule.get("/api/auth/profile", **bearer(tokens))
        yield await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        yield await browser.post("/api/users", NAMES | {"username": "robin", "email": "robin@example.com"})
        yield await browser.get("/api/session")
        yield await browser.get("/api/account")
        await browser.send("DELETE", "/api/session")
        yield await browser.post("/api/session", strange)
        given = {"name": "Ahmed M.", "email": "ahmed@example.com", "password": PASSWORD}
        yield await vestibule.post("/api/v1/auth/signup", given)
        yield await log_in_v1(vestibule, "ahmed")
        yield await vestibule.log_in(tokenDelivery="cookie")

    async def test_no_user_but_that_of_auth_flows_sign_in_has_one(self, every):
        seen = 0
        async for answer in self.answers(every):
            assert answer.is_success, answer.text
            for path, user in [*members(answer.json(), "user")]:
                seen += 1
                for name in ("token", "refresh_token", "accessToken", "refreshToken", "password", "passwordHash"):
                    assert not members(user, name), (answer.request.url, path, name)
                assert not re.search(r"vst_|eyJ|\$argon2", str(user))
        assert seen >= 9

    async def test_auth_flows_sign_in_has_it_in_the_user_and_beside_it(self, every):
        await join(every)
        answer = (await every.log_in()).json()
        assert answer["user"]["token"] == answer["accessToken"]
        assert answer["user"]["refresh_token"] == answer["refreshToken"]

    async def test_delivery_by_cookie_leaves_no_refresh_token_in_any_body(self, every):
        await join(every)
        answer = await every.log_in(tokenDelivery="cookie")
        assert "vestibule_refresh=vst_ref_" in answer.headers["set-cookie"]
        assert {"token", "refresh_token"} & set(answer.json()["user"]) == set()
        for path, body in (
            ("/api/auth/refresh", None), ("/api/auth/refresh", {}), ("/api/auth/token/refresh", None),
            ("/api/auth/token/refresh", {}), ("/api/v1/user-session/get-access-token", {}),
        ):  # fmt: skip
            renewed = await every.post(path, body)
            assert "vst_ref_" not in renewed.text, path
        assert "vst_ref_" not in answer.text

    async def test_auth_flows_renewal_takes_no_cookie(self, every):
        """Its answer would lose the new token of a browser, whose session ends when it sends the old one again."""
        await join(every)
        await every.log_in(tokenDelivery="cookie")
        refused = await every.post("/api/auth/token/refresh", {"refresh_token": ""})
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["refresh_token"])
        every.clock.advance(11_000_000)
        assert (await every.post("/api/auth/refresh")).status_code == 200

    async def test_no_cookie_of_auth_service_is_ever_set(self, every):
        await join(every)
        for answer in (
            await log_in_v1(every),
            await every.post("/api/v1/auth/login", {"email": "a@b.io", "password": "x"}),
        ):
            assert "set-cookie" not in answer.headers


class TestOpenDoors:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("path", ["/api/auth/test-email", "/api/set-token-cookie"])
    async def test_are_not_there(self, every, method, path):
        refused = await every.browser().send(method, path, {} if method == "POST" else None)
        assert refused.status_code == 404

    async def test_a_session_cookie_authorises_nothing_under_v1(self, every):
        browser = every.browser()
        await browser.register()
        user = await browser.whoami()
        refused = await browser.get(f"/api/v1/user-session/all?userId={user['id']}")
        assert refused.status_code == 401

    async def test_another_site_is_refused_on_every_surface(self, every):
        await join(every)
        for path, body in (
            ("/api/auth/login", {"email": "alice@example.com", "password": PASSWORD}),
            ("/api/session", {"credential": "alice", "password": PASSWORD}),
            ("/api/v1/auth/login", {"email": "alice@example.com", "password": PASSWORD}),
        ):
            refused = await every.browser().post(path, body, Origin="https://evil.example")
            assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
            assert "access-control-allow-origin" not in refused.headers

"""The profiles `express-guide` and `express-guide:list`."""

import pytest

from harness import PASSWORD

NEW = {"username": "demo-user", "email": "demo@example.com", "password": PASSWORD, "firstName": "De", "lastName": "Mo"}
EDITIONS = ("express-guide", "express-guide:list")


@pytest.fixture(params=EDITIONS)
async def guide(start, request):
    async with start(COMPATIBILITY=request.param) as vestibule:
        yield vestibule


class TestMembers:
    async def test_that_vestibule_does_not_have_are_ignored(self, guide):
        browser = guide.browser()
        made = await browser.post(
            "/api/users", {**NEW, "confirmPassword": PASSWORD, "isAdmin": True, "roles": ["admin"]}
        )
        assert made.status_code == 201
        assert made.json()["user"]["roles"] == []
        assert not {"confirmPassword", "isAdmin"} & set(made.json()["user"])
        await browser.send("DELETE", "/api/session")
        signed = await browser.post("/api/session", {"credential": "demo-user", "password": PASSWORD, "remember": True})
        assert signed.status_code == 200

    async def test_that_it_has_are_checked_as_ever(self, guide):
        answer = await guide.browser().post("/api/users", {**NEW, "email": 5, "password": "x", "more": {}})
        assert answer.status_code == 422

    async def test_are_refused_without_the_profile(self, vestibule):
        answer = await vestibule.browser().post("/api/users", {**NEW, "confirmPassword": PASSWORD})
        assert "confirmPassword" in answer.json()["errors"]

    async def test_are_refused_at_other_paths(self, guide):
        answer = await guide.post("/api/auth/forgot-password", {"email": "a@example.com", "more": 1})
        assert answer.status_code == 422


class TestErrors:
    REFUSED = (
        ("POST", "/api/session", {"credential": "nobody", "password": "wrong password"}, 401),
        ("POST", "/api/session", {}, 422),
        ("POST", "/api/users", {**NEW, "password": "Password123", "email": "x"}, 422),
        ("PUT", "/api/session", None, 405),
        ("POST", "/api/csrf/restore", None, 405),
    )

    @pytest.mark.parametrize(("method", "path", "body", "status"), REFUSED)
    async def test_are_an_object_in_one_edition_and_a_list_in_the_other(self, start, method, path, body, status):
        said = []
        for edition in EDITIONS:
            async with start(COMPATIBILITY=edition) as vestibule:
                answer = await vestibule.browser().send(method, path, body)
                assert answer.status_code == status
                said.append(answer.json()["errors"])
        assert list(said[0].values()) == said[1]
        assert said[1]
        assert all(isinstance(sentence, str) for sentence in said[1])

    async def test_without_a_csrf_token_are_a_list_too(self, start):
        async with start(COMPATIBILITY="express-guide:list") as vestibule:
            answer = await vestibule.post("/api/session", {"credential": "a", "password": "b"})
            assert answer.status_code == 403
            assert answer.json()["errors"] == [answer.json()["message"]]
            assert answer.json()["errorCodes"] == {}

    @pytest.mark.parametrize(
        "path", ["/api/auth/login", "/api/login", "/api/sessions/x", "/api/nothing", "/api/sessionx"]
    )
    async def test_elsewhere_stay_objects(self, start, path):
        async with start(COMPATIBILITY="express-guide:list") as vestibule:
            assert isinstance((await vestibule.post(path, {"x": 1})).json()["errors"], dict)


class TestProbes:
    async def test_echo_needs_the_csrf_token(self, guide):
        browser = guide.browser()
        assert (await browser.post("/api/test", {"hello": "world"})).json() == {"requestBody": {"hello": "world"}}
        assert (await guide.post("/api/test", {"hello": "world"})).status_code == 403

    async def test_tell_who_is_signed_in(self, guide):
        browser = guide.browser()
        assert (await browser.get("/api/restore-user")).json() is None
        refused = await browser.get("/api/require-auth")
        assert (refused.status_code, refused.json()["message"]) == (401, "Authentication required")
        await browser.post("/api/users", NEW)
        for path in ("/api/restore-user", "/api/require-auth"):
            assert (await browser.get(path)).json()["username"] == "demo-user"

    async def test_never_sign_anybody_in(self, guide):
        assert (await guide.get("/api/set-token-cookie")).status_code == 404

    @pytest.mark.parametrize("path", ["/api/test", "/api/restore-user", "/api/require-auth"])
    async def test_do_not_exist_in_production(self, start, path):
        production = {
            "ENV": "production", "PUBLIC_URL": "https://id.example.com", "MAIL_TRANSPORT": "resend",
            "RESEND_API_KEY": "re_x", "MAIL_FROM": "no-reply@example.com",
        }  # fmt: skip
        async with start(COMPATIBILITY="express-guide", **production) as vestibule:
            assert (await vestibule.get(path)).status_code == 404

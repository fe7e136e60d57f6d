"""R2 "Express authentication guide": a browser session API, phase by phase as its guide checks them."""

import pytest

from harness import PASSWORD


class TestHelloWorld:
    async def test_answers_the_text_and_the_xsrf_cookie(self, vestibule):
        answer = await vestibule.get("/hello/world")
        assert answer.text == "Hello World!"
        assert "XSRF-TOKEN" in answer.cookies

    async def test_does_not_exist_in_production(self, start):
        production = {
            "ENV": "production",
            "MAIL_TRANSPORT": "smtp",
            "MAIL_FROM": "no-reply@example.com",
            "SMTP_HOST": "localhost",
            "PUBLIC_URL": "https://id.example.com",
        }
        async with start(**production) as vestibule:
            for path in ("/hello/world", "/dev/mailbox.json", "/dev/mailbox/x"):
                assert (await vestibule.get(path)).status_code == 404


class TestCsrfRestore:
    async def test_gives_the_token_in_the_body_and_in_a_readable_cookie(self, vestibule):
        answer = await vestibule.get("/api/csrf/restore")
        token = answer.json()["XSRF-Token"]
        cookies = answer.headers.get_list("set-cookie")
        readable = next(c for c in cookies if c.startswith("XSRF-TOKEN="))
        assert readable.startswith(f"XSRF-TOKEN={token};")
        assert "HttpOnly" not in readable
        assert any(c.startswith("vestibule_presession=") and "HttpOnly" in c for c in cookies)

    @pytest.mark.parametrize("header", ["XSRF-Token", "X-XSRF-Token", "CSRF-Token", "X-CSRF-Token"])
    async def test_any_of_four_headers_carries_it_back(self, vestibule, header):
        browser = vestibule.browser()
        body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
        token = await browser.csrf()
        answer = await browser.http.post("/api/users", json=body, headers={header: token})
        assert answer.status_code == 201

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/api/users"), ("POST", "/api/session"), ("DELETE", "/api/session")]
    )
    async def test_without_it_unsafe_requests_are_403(self, vestibule, method, path):
        browser = vestibule.browser()
        await browser.csrf()
        body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
        answer = await browser.http.request(method, path, **({"json": body} if method == "POST" else {}))
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")

    async def test_a_token_of_another_browser_is_refused(self, vestibule):
        attacker, victim = vestibule.browser(), vestibule.browser()
        await victim.csrf()
        body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
        answer = await victim.http.post("/api/users", json=body, headers={"XSRF-Token": await attacker.csrf()})
        assert answer.status_code == 403

    async def test_the_token_from_before_sign_in_is_dead_after_it(self, vestibule):
        browser = vestibule.browser()
        before = await browser.csrf()
        await browser.register()
        answer = await browser.http.delete("/api/session", headers={"XSRF-Token": before})
        assert answer.status_code == 403
        assert (await browser.send("DELETE", "/api/session")).status_code == 200


class TestSignUp:
    async def test_creates_the_user_and_signs_in(self, vestibule):
        browser = vestibule.browser()
        answer = await browser.register()
        assert answer.status_code == 201
        assert answer.json()["user"].items() >= {"username": "alice", "email": "alice@example.com"}.items()
        assert (await browser.whoami())["username"] == "alice"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"username": "abc"}, "username"),
            ({"username": "a" * 31}, "username"),
            ({"username": "alice@example.com"}, "username"),
            ({"username": "has space"}, "username"),
            ({"email": "no-at-sign"}, "email"),
            ({"email": "a@"}, "email"),
            ({"email": f"{'a' * 250}@example.com"}, "email"),
            ({"password": "short"}, "password"),
            ({"password": "Password123"}, "password"),
            ({"password": "alice-likes-it"}, "password"),
        ],
    )
    async def test_validation_errors_come_per_field(self, vestibule, change, field):
        body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD, **change}
        answer = await vestibule.browser().post("/api/users", body)
        assert answer.status_code == 422
        document = answer.json()
        assert list(document["errors"]) == [field]
        assert document.keys() >= {"title", "message", "errors", "stack"}

    async def test_all_faults_come_at_once(self, vestibule):
        answer = await vestibule.browser().post("/api/users", {"username": "x", "email": "y", "password": "z"})
        assert set(answer.json()["errors"]) == {"username", "email", "password"}

    async def test_taken_names_are_409(self, vestibule):
        await vestibule.browser().register()
        answer = await vestibule.browser().register()
        assert answer.status_code == 409
        assert answer.json()["errors"].keys() == {"username", "email"}


class TestSession:
    @pytest.mark.parametrize("credential", ["alice", "alice@example.com"])
    async def test_signs_in_by_username_or_email(self, vestibule, credential):
        await vestibule.register()
        browser = vestibule.browser()
        answer = await browser.sign_in(credential)
        assert answer.status_code == 200
        assert answer.json()["user"]["username"] == "alice"
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("vestibule_session="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Max-Age=604800" in cookie

    async def test_wrong_credentials_are_401(self, vestibule):
        await vestibule.register()
        answer = await vestibule.browser().sign_in(password="wrong password")
        assert answer.status_code == 401
        assert answer.json()["title"] == "Login failed"

    async def test_the_session_shows_the_user_or_null(self, vestibule):
        browser = vestibule.browser()
        assert (await browser.get("/api/session")).json()["user"] is None
        await browser.register()
        assert (await browser.get("/api/session")).json()["user"]["email"] == "alice@example.com"

    async def test_signing_out_says_success_and_kills_the_cookie_for_good(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        stolen = browser.http.cookies["vestibule_session"]
        answer = await browser.send("DELETE", "/api/session")
        assert answer.json()["message"] == "success"
        assert await browser.whoami() is None
        thief = vestibule.browser()
        thief.http.cookies.set("vestibule_session", stolen)
        assert await thief.whoami() is None

    async def test_the_secret_changes_at_every_sign_in_and_the_old_session_ends(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        first = browser.http.cookies["vestibule_session"]
        await browser.sign_in()
        assert browser.http.cookies["vestibule_session"] != first
        assert len((await browser.get("/api/sessions")).json()["sessions"]) == 1
        thief = vestibule.browser()
        thief.http.cookies.set("vestibule_session", first)
        assert await thief.whoami() is None

    async def test_a_used_session_keeps_its_cookie_alive(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        vestibule.clock.advance(6 * 24 * 3600 * 1_000_000)
        renewed = await browser.get("/api/session")
        assert renewed.headers["set-cookie"].startswith("vestibule_session=")
        vestibule.clock.advance(6 * 24 * 3600 * 1_000_000)
        assert await browser.whoami() is not None
        vestibule.clock.advance(8 * 24 * 3600 * 1_000_000)
        assert await browser.whoami() is None


class TestErrors:
    async def test_unknown_routes_are_404_in_the_one_format(self, vestibule):
        answer = await vestibule.get("/api/not-found")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Resource Not Found"
        assert answer.json()["message"] == "The requested resource couldn't be found."

    async def test_authentication_required_is_401(self, vestibule):
        answer = await vestibule.get("/api/account")
        assert answer.status_code == 401
        assert answer.json()["message"] == "Authentication required"
        assert answer.json()["errors"] == {"message": "Authentication required"}


class TestSecureCookies:
    async def test_carry_the_host_prefix_and_secure_over_https(self, start):
        async with start(PUBLIC_URL="https://id.example.com") as vestibule:
            browser = vestibule.browser()
            cookies = (await browser.register()).headers.get_list("set-cookie")
            session = next(c for c in cookies if c.startswith("__Host-vestibule_session="))
            assert "Secure" in session
            assert "HttpOnly" in session
            assert "Domain" not in session
            assert (await vestibule.get("/health")).headers["strict-transport-security"].startswith("max-age=63072000")


class TestDemoUsers:
    async def test_are_seeded_once_and_can_be_removed(self, vestibule):
        assert await vestibule.services.accounts.demo.seed() == ["Demo-lition", "FakeUser1", "FakeUser2"]
        assert await vestibule.services.accounts.demo.seed() == []
        for username, password in (("Demo-lition", "password"), ("FakeUser1", "password2"), ("FakeUser2", "password3")):
            assert (await vestibule.browser().sign_in(username, password)).status_code == 200
        assert await vestibule.services.accounts.demo.unseed() == ["Demo-lition", "FakeUser1", "FakeUser2"]
        assert (await vestibule.browser().sign_in("Demo-lition", "password")).status_code == 401

"""R1 "Auth-Flow": a token API, call by call as its clients make them."""

import pytest

from harness import PASSWORD, bearer


class TestHealth:
    async def test_health_says_ok(self, vestibule):
        answer = await vestibule.get("/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


class TestRegister:
    async def test_answers_201_with_a_user_and_never_a_password(self, vestibule):
        answer = await vestibule.register("alice", "alice@example.com")
        assert answer.status_code == 201
        body = answer.json()
        assert body["success"] is True
        assert body["user"].items() >= {"username": "alice", "email": "alice@example.com"}.items()
        assert body["user"]["id"].startswith("user_")
        assert "password" not in answer.text.lower()
        assert "argon2" not in answer.text

    async def test_a_known_email_is_named_in_409(self, vestibule):
        await vestibule.register("alice")
        answer = await vestibule.register("alice2", "ALICE@example.com")
        assert answer.status_code == 409
        assert list(answer.json()["errors"]) == ["email"]

    async def test_both_conflicts_are_named_together(self, vestibule):
        await vestibule.register("alice")
        assert set((await vestibule.register("Alice")).json()["errors"]) == {"username", "email"}


class TestLogin:
    async def test_answers_with_user_access_token_and_refresh_token(self, vestibule):
        await vestibule.register()
        answer = await vestibule.log_in()
        body = answer.json()
        assert answer.status_code == 200
        assert body["success"] is True
        assert body["user"]["username"] == "alice"
        assert body["accessToken"].count(".") == 2
        assert body["refreshToken"].startswith("vst_ref_")

    @pytest.mark.parametrize("field", ["email", "username", "credential"])
    @pytest.mark.parametrize("identifier", ["alice", "ALICE", "alice@example.com", "Alice@Example.com"])
    async def test_any_identifier_in_any_field(self, vestibule, field, identifier):
        await vestibule.register()
        answer = await vestibule.post("/api/auth/login", {field: identifier, "password": PASSWORD})
        assert answer.status_code == 200

    async def test_wrong_password_and_unknown_user_answer_alike(self, vestibule):
        await vestibule.register()
        wrong = await vestibule.log_in(password="not the password")
        unknown = await vestibule.log_in("nobody@example.com")
        assert wrong.status_code == unknown.status_code == 401
        masked = [{**a.json(), "requestId": "", "stack": ""} for a in (wrong, unknown)]
        assert masked[0] == masked[1]
        assert masked[0]["code"] == "invalid_credentials"


class TestRefresh:
    async def test_gives_a_new_pair_and_uses_the_old_token_up(self, vestibule):
        tokens = await vestibule.signed_in()
        fresh = (await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).json()
        assert fresh["refreshToken"] != tokens["refreshToken"]
        assert (await vestibule.get("/api/auth/profile", **bearer(fresh))).status_code == 200
        vestibule.clock.advance(11_000_000)
        again = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert (again.status_code, again.json()["code"]) == (401, "invalid_refresh_token")

    async def test_the_refresh_token_may_travel_in_its_cookie(self, vestibule):
        await vestibule.register()
        answer = await vestibule.log_in(tokenDelivery="cookie")
        assert answer.json()["refreshToken"] is None
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("vestibule_refresh=vst_ref_")
        assert "Path=/api/auth" in cookie
        assert "HttpOnly" in cookie
        fresh = await vestibule.post("/api/auth/refresh")
        assert fresh.status_code == 200
        assert fresh.json()["refreshToken"] is None
        assert fresh.headers["set-cookie"].startswith("vestibule_refresh=vst_ref_")

    async def test_a_page_without_the_cookie_learns_that_nobody_is_signed_in(self, vestibule):
        answer = await vestibule.post("/api/auth/refresh")
        assert (answer.status_code, answer.content) == (204, b"")
        named = await vestibule.post("/api/auth/refresh", {})
        assert (named.status_code, list(named.json()["errors"])) == (422, ["refreshToken"])


class TestLogout:
    async def test_ends_the_session_at_once_for_both_tokens(self, vestibule):
        tokens = await vestibule.signed_in()
        assert (await vestibule.post("/api/auth/logout", **bearer(tokens))).status_code == 200
        assert (await vestibule.get("/api/auth/profile", **bearer(tokens))).status_code == 401
        refreshed = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert refreshed.status_code == 401

    async def test_works_by_refresh_token_when_the_access_token_has_expired(self, vestibule):
        tokens = await vestibule.signed_in()
        vestibule.clock.advance(16 * 60 * 1_000_000)
        body = {"refreshToken": tokens["refreshToken"]}
        assert (await vestibule.post("/api/auth/logout", body, **bearer(tokens))).status_code == 200
        assert (await vestibule.post("/api/auth/refresh", body)).status_code == 401

    async def test_without_any_token_is_401(self, vestibule):
        assert (await vestibule.post("/api/auth/logout")).status_code == 401


class TestForgotPassword:
    @pytest.mark.parametrize("field", ["userEmail", "email"])
    async def test_mails_a_link_valid_30_minutes(self, vestibule, field):
        await vestibule.register()
        answer = await vestibule.post("/api/auth/forgot-password", {field: "alice@example.com"})
        assert answer.status_code == 200
        assert answer.json()["success"] is True
        mail = (await vestibule.mails("alice@example.com", "Reset"))[0]
        assert mail["links"][0].startswith("http://localhost:8000/auth/reset-password#token=vst_rst_")
        assert "30 minutes" in mail["text"]

    async def test_answers_the_same_for_an_unknown_address(self, vestibule):
        await vestibule.register()
        known = await vestibule.post("/api/auth/forgot-password", {"userEmail": "alice@example.com"})
        unknown = await vestibule.post("/api/auth/forgot-password", {"userEmail": "nobody@example.com"})
        assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
        assert await vestibule.mails("nobody@example.com") == []


class TestResetPassword:
    async def test_replaces_the_password_kills_the_link_and_ends_all_sessions(self, vestibule):
        tokens = await vestibule.signed_in()
        token = await vestibule.reset_token()
        body = {"token": token, "password": "quiet green lantern"}
        answer = await vestibule.post("/api/auth/reset-password", body)
        assert answer.status_code == 200
        assert answer.json()["success"] is True
        assert (await vestibule.get("/api/auth/profile", **bearer(tokens))).status_code == 401
        assert (await vestibule.log_in()).status_code == 401
        assert (await vestibule.log_in(password="quiet green lantern")).status_code == 200
        again = await vestibule.post("/api/auth/reset-password", body)
        assert (again.status_code, again.json()["code"]) == (410, "used_code")

    async def test_the_link_expires_after_30_minutes(self, vestibule):
        await vestibule.register()
        token = await vestibule.reset_token()
        vestibule.clock.advance(30 * 60 * 1_000_000)
        answer = await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert (answer.status_code, answer.json()["code"]) == (410, "expired_code")

    async def test_a_newer_link_replaces_the_older_one(self, vestibule):
        await vestibule.register()
        older = await vestibule.reset_token()
        newer = await vestibule.reset_token()
        refused = await vestibule.post("/api/auth/reset-password", {"token": older, "password": "quiet green lantern"})
        assert refused.json()["code"] == "invalid_code"
        accepted = await vestibule.post("/api/auth/reset-password", {"token": newer, "password": "quiet green lantern"})
        assert accepted.status_code == 200

    async def test_a_refused_password_does_not_use_the_link_up(self, vestibule):
        await vestibule.register()
        token = await vestibule.reset_token()
        weak = await vestibule.post("/api/auth/reset-password", {"token": token, "password": "Password123"})
        assert (weak.status_code, list(weak.json()["errors"])) == (422, ["password"])
        good = await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert good.status_code == 200


class TestProfile:
    async def test_shows_the_user_behind_the_bearer(self, vestibule):
        tokens = await vestibule.signed_in()
        answer = await vestibule.get("/api/auth/profile", **bearer(tokens))
        assert answer.json()["success"] is True
        assert answer.json()["user"]["email"] == "alice@example.com"

    @pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer  two-spaces"])
    async def test_is_401_without_a_valid_token(self, vestibule, authorization):
        headers = {"Authorization": authorization} if authorization else {}
        answer = await vestibule.get("/api/auth/profile", **headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

    async def test_is_401_once_the_access_token_has_expired(self, vestibule):
        tokens = await vestibule.signed_in()
        vestibule.clock.advance(15 * 60 * 1_000_000)
        assert (await vestibule.get("/api/auth/profile", **bearer(tokens))).status_code == 401


class TestCors:
    async def test_allows_the_front_end_on_another_origin_with_credentials(self, start):
        async with start(APP_URL="https://app.example.com") as vestibule:
            asked = await vestibule.http.options(
                "/api/auth/login",
                headers={
                    "Origin": "https://app.example.com",
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "content-type",
                },
            )
            assert asked.status_code == 200
            assert asked.headers["access-control-allow-origin"] == "https://app.example.com"
            assert asked.headers["access-control-allow-credentials"] == "true"
            await vestibule.register()
            answer = await vestibule.post(
                "/api/auth/login",
                {"email": "alice@example.com", "password": PASSWORD},
                Origin="https://app.example.com",
            )
            assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
            refused = await vestibule.post(
                "/api/auth/login", {"email": "a@b.io", "password": "wrong words"}, Origin="https://app.example.com"
            )
            assert refused.status_code == 401
            assert refused.headers["access-control-allow-origin"] == "https://app.example.com"

    async def test_refuses_other_origins(self, vestibule):
        answer = await vestibule.post(
            "/api/auth/login", {"email": "a@b.io", "password": PASSWORD}, Origin="https://evil.example"
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")


class TestBcrypt:
    async def test_is_one_setting_away_and_old_hashes_still_sign_in(self, start):
        async with start() as vestibule:
            await vestibule.register()
        async with start(PASSWORD_SCHEME="bcrypt", BCRYPT_COST="4") as vestibule:
            assert (await vestibule.log_in()).status_code == 200
            assert (await vestibule.rows("SELECT password_hash FROM users"))[0]["password_hash"].startswith("$2b$04$")
            assert (await vestibule.log_in()).status_code == 200
        async with start() as vestibule:
            assert (await vestibule.log_in()).status_code == 200
            assert (await vestibule.rows("SELECT password_hash FROM users"))[0]["password_hash"].startswith(
                "$argon2id$"
            )

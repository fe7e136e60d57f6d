"""Cases 23 to 39, 41 to 57, 189 to 193: who may have which name and address, and what registering may not bring along."""

import pytest

from authenticator import Authenticator
from harness import PASSWORD, bearer

DAY = 24 * 3600 * 1_000_000


class TestMassAssignment:
    """Case 55."""

    @pytest.mark.parametrize(
        "extra",
        ["role", "roles", "isAdmin", "is_admin", "id", "userId", "emailVerified", "email_verified_at", "createdAt", "disabledAt",
         "__proto__", "constructor", "metadata", "notBefore", "pendingUntil", "passwordHash", "tenantId"],
    )  # fmt: skip
    @pytest.mark.parametrize("path", ["/api/auth/register", "/api/users"])
    async def test_fields_that_nobody_asked_for_are_refused(self, vestibule, path, extra):
        body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD, extra: "1"}
        answer = await vestibule.browser().post(path, body)
        assert answer.status_code == 422
        assert await vestibule.rows("SELECT 1 FROM users") == []

    @pytest.mark.parametrize("extra", ["emailVerified", "roles", "id", "disabledAt", "secondFactorAt"])
    async def test_nor_do_profiles_take_them(self, vestibule, extra):
        """Case 49: nobody confirms an address by writing so."""
        tokens = await vestibule.signed_in()
        answer = await vestibule.http.patch("/api/account", json={extra: True}, headers=bearer(tokens))
        assert answer.status_code == 422


class TestIdentity:
    """Case 33: what a deleted account had is nobody else's, ever."""

    async def test_a_deleted_user_s_name_and_address_are_not_given_away(self, vestibule):
        tokens = await vestibule.signed_in()
        await vestibule.http.request("DELETE", "/api/account", json={"password": PASSWORD}, headers=bearer(tokens))
        assert (await vestibule.register()).status_code == 409
        vestibule.clock.advance(60 * DAY)
        await vestibule.services.operations.cleanup.sweep()
        assert (await vestibule.register()).status_code == 409
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        refresh = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert refresh.status_code == 401

    async def test_the_limiter_counts_the_account_whatever_it_is_called(self, start):
        """Rule 1: username and address are one account."""
        async with start(LIMIT_LOGIN_ADDRESS="1000/1m") as vestibule:
            await vestibule.register()
            names = ["alice", "ALICE", "alice@example.com", "Alice@Example.com", " alice "]
            statuses = []
            for turn in range(15):
                body = {"credential": names[turn % len(names)], "password": "a wrong guess"}
                browser = vestibule.browser()
                statuses.append((await browser.post("/api/session", body)).status_code)
            assert statuses == [401] * 10 + [429] * 5


class TestPreHijacking:
    """Cases 41, 43: whoever registered an address first has nothing left once its owner proves it."""

    async def test_factors_of_somebody_else_go_with_a_reset(self, vestibule):
        thief = vestibule.browser()
        await thief.register("thief", "victim@example.com")
        await thief.add_passkey(Authenticator())
        token = await vestibule.reset_token("victim@example.com")
        await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert await vestibule.rows("SELECT 1 FROM credentials") == []
        assert await thief.whoami() is None


class TestBlankPasswords:
    """Case 39."""

    @pytest.mark.parametrize("password", ["", None, False, 0, [], {}])
    async def test_open_no_account_without_one(self, vestibule, password):
        browser, phone = vestibule.browser(), Authenticator()
        begun = (await browser.post("/api/registration", {"username": "alice", "email": "a@example.com"})).json()
        made = phone.create(begun["publicKey"])
        await browser.post(f"/api/registration/{begun['attempt']['id']}", {"credential": made})
        answer = await vestibule.post("/api/auth/login", {"email": "a@example.com", "password": password})
        assert answer.status_code in (401, 422)


class TestAdminBoundary:
    """Cases 189 to 193; ASVS 6.4.6, 8.2.2: nothing of another user is reached, whoever asks."""

    async def test_no_route_sets_another_user_s_password_or_roles(self):
        from vestibule.routes import ROUTES

        assert [route.path for route in ROUTES if "admin" in route.path or "users/{" in route.path] == []

    async def test_other_users_things_are_not_found(self, vestibule):
        alice, bobby = await vestibule.signed_in("alice"), await vestibule.signed_in("bobby")
        session = (await vestibule.get("/api/sessions", **bearer(alice))).json()["sessions"][0]["id"]
        answer = await vestibule.http.delete(f"/api/sessions/{session}", headers=bearer(bobby))
        assert answer.status_code == 404
        assert (await vestibule.get("/api/account", **bearer(alice))).status_code == 200

    @pytest.mark.parametrize(
        "query",
        [
            "limit=1000000000",
            "limit=-1",
            "limit=0",
            "limit=1&limit=2",
            "before=' OR 1=1 --",
            "sort=password_hash",
            "fields=*",
        ],
    )
    async def test_lists_are_bounded_and_take_no_columns(self, vestibule, query):
        tokens = await vestibule.signed_in()
        answer = await vestibule.get(f"/api/account/activity?{query}", **bearer(tokens))
        assert answer.status_code in (200, 422)
        assert "argon2" not in answer.text

    async def test_no_answer_holds_a_hash_or_a_seed(self, vestibule):
        """Cases 123, 193."""
        browser, seed, codes = await vestibule.with_app()
        secrets = [
            seed,
            *codes,
            *[row["password_hash"] for row in await vestibule.rows("SELECT password_hash FROM users")],
        ]
        secrets += [row["secret"] for row in await vestibule.rows("SELECT secret FROM credentials")]
        for path in (
            "/api/account",
            "/api/session",
            "/api/account/methods",
            "/api/account/export",
            "/api/account/activity",
            "/api/sessions",
        ):
            text = (await browser.get(path)).text
            for secret in secrets:
                assert secret not in text, path

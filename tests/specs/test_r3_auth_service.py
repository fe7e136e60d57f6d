"""R3 "Auth Service": sessions per device, email verification, security history, and what it lacked itself."""

import pytest

from harness import PASSWORD, PHONE, bearer

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE


class TestSessions:
    async def test_lists_every_login_with_device_address_and_times(self, vestibule):
        laptop, phone = vestibule.browser("192.0.2.7"), vestibule.browser("2001:db8::5")
        phone.http.headers["User-Agent"] = PHONE
        await laptop.register()
        await phone.sign_in()
        tokens = (await vestibule.log_in()).json()
        listed = (await laptop.get("/api/sessions")).json()["sessions"]
        assert len(listed) == 3
        mine = next(s for s in listed if s["current"])
        assert (mine["sessionType"], mine["device"], mine["ip"]) == ("cookie", "Firefox on Linux", "192.0.2.7")
        assert {s["device"] for s in listed} >= {"Mobile Safari on iOS"}
        assert {s["sessionType"] for s in listed} == {"cookie", "token"}
        assert mine["createdAt"].endswith("Z")
        assert mine.keys() >= {"id", "lastSeenAt", "expiresAt"}
        by_token = (await vestibule.get("/api/sessions", **bearer(tokens))).json()["sessions"]
        assert next(s for s in by_token if s["current"])["sessionType"] == "token"

    async def test_ending_one_works_at_once(self, vestibule):
        laptop, phone = vestibule.browser(), vestibule.browser()
        await laptop.register()
        await phone.sign_in()
        other = next(s for s in (await laptop.get("/api/sessions")).json()["sessions"] if not s["current"])
        assert (await laptop.send("DELETE", f"/api/sessions/{other['id']}")).status_code == 200
        assert await phone.whoami() is None
        assert await laptop.whoami() is not None

    async def test_ending_all_others_keeps_this_one(self, vestibule):
        laptop, phone = vestibule.browser(), vestibule.browser()
        await laptop.register()
        await phone.sign_in()
        tokens = (await vestibule.log_in()).json()
        answer = await laptop.send("DELETE", "/api/sessions")
        assert answer.json()["ended"] == 2
        assert await phone.whoami() is None
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        assert await laptop.whoami() is not None

    async def test_ending_all_ends_this_one_too(self, vestibule):
        laptop = vestibule.browser()
        await laptop.register()
        assert (await laptop.send("DELETE", "/api/sessions?all=true")).json()["ended"] == 1
        assert await laptop.whoami() is None

    async def test_somebody_elses_session_is_404_and_lives_on(self, vestibule):
        alice, mallory = vestibule.browser(), vestibule.browser()
        await alice.register("alice")
        await mallory.register("mallory")
        target = (await alice.get("/api/sessions")).json()["sessions"][0]["id"]
        assert (await mallory.send("DELETE", f"/api/sessions/{target}")).status_code == 404
        assert await alice.whoami() is not None

    async def test_idle_and_absolute_expiry_are_the_servers(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        for _ in range(4):
            vestibule.clock.advance(6 * DAY)
            assert await browser.whoami() is not None
        vestibule.clock.advance(6 * DAY)
        assert await browser.whoami() is None  # 30 days in all, though never idle for 7

    async def test_last_seen_is_written_at_most_once_a_minute(self, vestibule):
        browser = vestibule.browser()
        await browser.register()

        async def seen() -> int:
            await vestibule.services.sessions.session_touches.flush()  # written behind the answers, once a second
            return (await vestibule.rows("SELECT last_seen_at FROM sessions"))[0]["last_seen_at"]

        first = await seen()
        vestibule.clock.advance(MINUTE // 2)
        await browser.whoami()
        assert await seen() == first
        vestibule.clock.advance(MINUTE // 2)
        await browser.whoami()
        assert await seen() > first


class TestEmailVerification:
    async def test_by_the_six_digits_of_the_mail(self, vestibule):
        await vestibule.register()
        mail = (await vestibule.mails("alice@example.com", "Confirm"))[0]
        assert len(mail["codes"]) == 1
        assert len(mail["links"]) == 1
        body = {"email": "alice@example.com", "code": mail["codes"][0]}
        answer = await vestibule.post("/api/auth/verify-email", body)
        assert answer.status_code == 200
        assert answer.json()["user"]["emailVerified"] is True

    async def test_by_the_link_on_another_device(self, vestibule):
        await vestibule.register()
        token = await vestibule.link_token("alice@example.com", "Confirm")
        answer = await vestibule.post("/api/auth/verify-email", {"token": token})
        assert answer.json()["user"]["emailVerified"] is True
        mail = (await vestibule.mails("alice@example.com", "Confirm"))[0]
        late = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": mail["codes"][0]})
        assert late.json()["code"] == "used_code"

    async def test_opening_the_link_consumes_nothing(self, vestibule):
        await vestibule.register()
        token = await vestibule.link_token("alice@example.com", "Confirm")
        await vestibule.get("/auth/verify-email")
        assert (await vestibule.post("/api/auth/verify-email", {"token": token})).status_code == 200

    async def test_five_wrong_guesses_kill_the_code(self, vestibule):
        await vestibule.register()
        code = (await vestibule.mails("alice@example.com", "Confirm"))[0]["codes"][0]
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            answer = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": wrong})
            assert answer.json()["code"] == "invalid_code"
        answer = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": code})
        assert answer.json()["code"] == "invalid_code"

    async def test_the_code_expires_after_10_minutes(self, vestibule):
        await vestibule.register()
        code = (await vestibule.mails("alice@example.com", "Confirm"))[0]["codes"][0]
        vestibule.clock.advance(10 * MINUTE)
        answer = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": code})
        assert (answer.status_code, answer.json()["code"]) == (410, "expired_code")

    async def test_resending_voids_the_older_code_and_needs_no_login(self, vestibule):
        await vestibule.register()
        older = (await vestibule.mails("alice@example.com", "Confirm"))[0]["codes"][0]
        answer = await vestibule.post("/api/auth/resend-code", {"email": "alice@example.com"})
        assert answer.status_code == 200
        newer = (await vestibule.mails("alice@example.com", "Confirm"))[0]["codes"][0]
        if older != newer:
            refused = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": older})
            assert refused.json()["code"] == "invalid_code"
        accepted = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": newer})
        assert accepted.status_code == 200

    async def test_resending_answers_the_same_for_unknown_verified_and_open_addresses(self, vestibule):
        await vestibule.services.accounts.demo.seed()
        await vestibule.register()
        answers = [
            await vestibule.post("/api/auth/resend-code", {"email": email})
            for email in ("alice@example.com", "demo@user.io", "nobody@example.com", "not an address")
        ]
        assert len({(a.status_code, a.text) for a in answers}) == 1
        assert await vestibule.mails("nobody@example.com") == []
        assert await vestibule.mails("demo@user.io") == []

    async def test_digits_may_be_typed_with_a_space(self, vestibule):
        await vestibule.register()
        code = (await vestibule.mails("alice@example.com", "Confirm"))[0]["codes"][0]
        body = {"email": "alice@example.com", "code": f" {code[:3]} {code[3:]} "}
        assert (await vestibule.post("/api/auth/verify-email", body)).status_code == 200


class TestChangePassword:
    async def test_ends_other_sessions_rotates_this_one_and_tells_the_owner(self, vestibule):
        laptop, phone = vestibule.browser(), vestibule.browser()
        await laptop.register()
        await phone.sign_in()
        before = laptop.http.cookies["vestibule_session"]
        body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
        answer = await laptop.post("/api/auth/change-password", body)
        assert answer.status_code == 200
        assert laptop.http.cookies["vestibule_session"] != before
        assert await laptop.whoami() is not None
        assert await phone.whoami() is None
        assert await vestibule.mails("alice@example.com", "password was changed")
        thief = vestibule.browser()
        thief.http.cookies.set("vestibule_session", before)
        assert await thief.whoami() is None

    async def test_works_through_the_token_door(self, vestibule):
        tokens = await vestibule.signed_in()
        body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
        assert (await vestibule.post("/api/auth/change-password", body, **bearer(tokens))).status_code == 200
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 200

    async def test_a_wrong_current_password_names_the_field_and_is_limited(self, vestibule):
        tokens = await vestibule.signed_in()
        body = {"currentPassword": "a wrong one", "newPassword": "quiet green lantern"}
        codes = [
            (await vestibule.post("/api/auth/change-password", body, **bearer(tokens))).json()["code"]
            for _ in range(12)
        ]
        assert codes[:10] == ["wrong_password"] * 10
        assert codes[10:] == ["rate_limited"] * 2

    async def test_makes_older_reset_links_worthless(self, vestibule):
        tokens = await vestibule.signed_in()
        link = await vestibule.reset_token()
        body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
        await vestibule.post("/api/auth/change-password", body, **bearer(tokens))
        late = await vestibule.post("/api/auth/reset-password", {"token": link, "password": "another fine phrase"})
        assert late.json()["code"] == "invalid_code"

    @pytest.mark.parametrize("new", ["short", "Password123", "alice's horse", PASSWORD])
    async def test_the_new_password_meets_the_policy(self, vestibule, new):
        tokens = await vestibule.signed_in()
        body = {"currentPassword": PASSWORD, "newPassword": new}
        answer = await vestibule.post("/api/auth/change-password", body, **bearer(tokens))
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["newPassword"])


class TestAccount:
    async def test_the_profile_can_be_changed_bit_by_bit(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        answer = await browser.send("PATCH", "/api/account", {"name": "Alice Liddell", "timeZone": "Europe/Berlin"})
        assert answer.json()["user"].items() >= {"name": "Alice Liddell", "timeZone": "Europe/Berlin"}.items()
        answer = await browser.send("PATCH", "/api/account", {"username": "alice.liddell", "locale": "de"})
        user = answer.json()["user"]
        assert (user["username"], user["locale"], user["name"]) == ("alice.liddell", "de", "Alice Liddell")
        assert (await vestibule.browser().sign_in("Alice.Liddell")).status_code == 200

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"timeZone": "Mars/Olympus"}, "timeZone"),
            ({"locale": "tlh"}, "locale"),
            ({"username": "x"}, "username"),
            ({"name": "x" * 101}, "name"),
            ({"emailVerified": True}, "emailVerified"),
            ({"roles": ["admin"]}, "roles"),
            ({"id": "user_0"}, "id"),
        ],
    )
    async def test_refuses_what_is_not_for_the_owner_to_set(self, vestibule, change, field):
        browser = vestibule.browser()
        await browser.register()
        answer = await browser.send("PATCH", "/api/account", change)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])

    async def test_a_taken_username_is_409(self, vestibule):
        await vestibule.register("bobby")
        browser = vestibule.browser()
        await browser.register()
        assert (await browser.send("PATCH", "/api/account", {"username": "BOBBY"})).status_code == 409

    async def test_a_new_email_waits_until_it_is_confirmed_and_the_old_one_is_told(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        change = {"email": "alice@new.example.com", "currentPassword": PASSWORD}
        answer = await browser.send("PATCH", "/api/account", change)
        assert answer.json()["pendingEmail"] == "alice@new.example.com"
        assert answer.json()["user"]["email"] == "alice@example.com"
        assert await vestibule.mails("alice@example.com", "about to change")
        code = (await vestibule.mails("alice@new.example.com", "Confirm"))[0]["codes"][0]
        stranger = await vestibule.post("/api/auth/verify-email", {"email": "alice@new.example.com", "code": code})
        assert stranger.json()["code"] == "invalid_code"
        confirmed = await browser.post("/api/auth/verify-email", {"email": "alice@new.example.com", "code": code})
        assert confirmed.json()["user"].items() >= {"email": "alice@new.example.com", "emailVerified": True}.items()
        assert (await vestibule.log_in("alice@example.com")).status_code == 401
        assert (await vestibule.log_in("alice@new.example.com")).status_code == 200
        assert await vestibule.mails("alice@example.com", "was changed")

    async def test_deleting_ends_everything_and_reserves_the_names(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        tokens = (await vestibule.log_in()).json()
        assert (await browser.send("DELETE", "/api/account", {"password": "wrong password"})).status_code == 403
        assert (await browser.send("DELETE", "/api/account", {"password": PASSWORD})).status_code == 200
        assert await browser.whoami() is None
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        refreshed = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert refreshed.status_code == 401
        assert (await vestibule.log_in()).status_code == 401
        assert (await vestibule.register()).json()["errors"].keys() == {"username", "email"}
        assert (await vestibule.rows("SELECT deleted_at FROM users"))[0]["deleted_at"] is not None
        vestibule.clock.advance(15 * DAY)
        await vestibule.services.operations.cleanup.sweep()
        row = (await vestibule.rows("SELECT password_hash, username FROM users"))[0]
        assert (row["password_hash"], row["username"]) == (None, "alice")

    async def test_the_own_security_history_is_newest_first_and_paged(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        await vestibule.log_in(password="a wrong one")
        await vestibule.browser().register("bobby")
        page = (await browser.get("/api/account/activity?limit=2")).json()
        assert [e["action"] for e in page["events"]] == ["login.failed", "login.succeeded"]
        assert page["events"][1]["device"] == "Firefox on Linux"
        rest = (await browser.get(f"/api/account/activity?before={page['next']}")).json()
        assert [e["action"] for e in rest["events"]] == ["user.registered"]
        assert rest["next"] is None


class TestNewDevice:
    async def test_the_owner_is_told_about_a_device_never_seen_before(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        await vestibule.browser().sign_in()
        assert await vestibule.mails("alice@example.com", "New sign-in") == []
        phone = vestibule.browser()
        phone.http.headers["User-Agent"] = PHONE
        await phone.sign_in()
        mail = (await vestibule.mails("alice@example.com", "New sign-in"))[0]
        assert "Mobile Safari on iOS" in mail["text"]


class TestLastLogin:
    async def test_is_noted_at_every_sign_in(self, vestibule):
        tokens = await vestibule.signed_in()
        first = tokens["user"]["lastLoginAt"]
        vestibule.clock.advance(DAY)
        second = (await vestibule.log_in()).json()
        profile = (await vestibule.get("/api/account", **bearer(second))).json()["user"]
        assert profile["lastLoginAt"] > (first or "")


class TestOperations:
    async def test_readiness_tells_database_migrations_and_outbox(self, vestibule):
        body = (await vestibule.get("/health/ready")).json()
        assert body["status"] == "ok"
        checks = ("database", "migrations", "outbox", "secret", "staying", "writes")
        assert body["checks"] == dict.fromkeys(checks, True)

    async def test_every_answer_carries_a_request_id_and_errors_repeat_it(self, vestibule):
        answer = await vestibule.get("/api/account", **{"X-Request-Id": "from-upstream-1"})
        assert answer.headers["x-request-id"] == answer.json()["requestId"] == "from-upstream-1"
        made = await vestibule.get("/health", **{"X-Request-Id": "bad id\t"})
        assert made.headers["x-request-id"].startswith("req_")

    async def test_disabling_a_user_ends_everything_at_once(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        tokens = (await vestibule.log_in()).json()
        user = await vestibule.services.accounts.administration.find("alice")
        await vestibule.services.accounts.administration.disable(user)
        assert await browser.whoami() is None
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        refreshed = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert refreshed.status_code == 401
        assert (await vestibule.log_in()).status_code == 401
        await vestibule.services.accounts.administration.enable(user)
        assert await browser.whoami() is None
        assert (await vestibule.log_in()).status_code == 200

    @pytest.mark.parametrize("change", ["disabled_at = 1", "deleted_at = 1", "not_before = 9000000000000000"])
    async def test_each_mark_on_the_user_alone_is_enough(self, vestibule, change):
        browser = vestibule.browser()
        await browser.register()
        tokens = (await vestibule.log_in()).json()
        await vestibule.run(f"UPDATE users SET {change}")
        assert await browser.whoami() is None
        assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
        refreshed = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert refreshed.status_code == 401

    async def test_a_token_s_session_must_be_its_subject_s_own(self, vestibule):
        await vestibule.signed_in("alice")
        mallory = await vestibule.signed_in("mallory")
        session_id = (await vestibule.rows("SELECT id FROM sessions ORDER BY id"))[0]["id"]
        tokens = vestibule.services.tokens
        known = await tokens.access_tokens.claims(
            mallory["accessToken"], frozenset({tokens.access_tokens.own_audience})
        )
        signer = await tokens.signing_keys.signer()
        forged = signer.sign(known | {"sid": session_id}, typ="at+jwt")
        for path in ("/api/account", "/api/account/methods"):
            assert (await vestibule.get(path, Authorization=f"Bearer {forged}")).status_code == 401

    async def test_roles_travel_in_the_user_and_in_the_token(self, vestibule):
        tokens = await vestibule.signed_in()
        await vestibule.services.accounts.roles.grant(tokens["user"]["id"], "admin")
        await vestibule.services.accounts.roles.grant(tokens["user"]["id"], "auditor")
        profile = (await vestibule.get("/api/account", **bearer(tokens))).json()["user"]
        assert profile["roles"] == ["admin", "auditor"]

    async def test_cleanup_removes_only_what_is_over(self, vestibule):
        await vestibule.signed_in()
        vestibule.clock.advance(10 * DAY)
        await vestibule.services.operations.cleanup.sweep()
        assert len(await vestibule.rows("SELECT 1 FROM sessions")) == 1
        assert await vestibule.rows("SELECT 1 FROM one_time_codes") == []
        assert await vestibule.rows("SELECT 1 FROM refresh_tokens") == []
        vestibule.clock.advance(40 * DAY)
        removed = await vestibule.services.operations.cleanup.sweep()
        assert removed["sessions"] == 1
        assert await vestibule.rows("SELECT 1 FROM sessions") == []
        assert len(await vestibule.rows("SELECT 1 FROM users")) == 1


class TestPrivateRegistration:
    async def test_answers_202_alike_and_tells_the_owner_by_mail(self, start):
        async with start(REGISTRATION="private") as vestibule:
            new = await vestibule.register("alice")
            await vestibule.mails()
            await vestibule.verify()
            known = await vestibule.register("another", "alice@example.com")
            assert (new.status_code, new.text) == (known.status_code, known.text)
            assert new.status_code == 202
            assert await vestibule.mails("alice@example.com", "already have an account")
            assert (await vestibule.browser().register("bobby")).status_code == 202
            assert (await vestibule.browser().sign_in("bobby")).status_code == 401
            await vestibule.mails()
            await vestibule.verify("bobby")
            browser = vestibule.browser()
            await browser.sign_in("bobby")
            change = {"email": "alice@example.com", "currentPassword": PASSWORD}
            answer = await browser.send("PATCH", "/api/account", change)
            assert (answer.status_code, answer.json()["pendingEmail"]) == (200, "alice@example.com")
            assert len(await vestibule.mails("alice@example.com", "already have an account")) == 2
            assert (await vestibule.browser().sign_in("bobby")).status_code == 200

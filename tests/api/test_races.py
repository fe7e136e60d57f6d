"""Everything that may happen once happens once, however many ask at the same instant."""

import asyncio

from harness import PASSWORD

CROWD = 20


async def all_at_once(*calls):
    return await asyncio.gather(*calls)


def statuses(answers) -> list[int]:
    return sorted(answer.status_code for answer in answers)


class TestRegistration:
    async def test_one_email_registered_many_times_makes_one_user(self, vestibule):
        answers = await all_at_once(*(vestibule.register(f"user{n:02}", "same@example.com") for n in range(CROWD)))
        assert statuses(answers) == [201] + [409] * (CROWD - 1)
        assert len(await vestibule.rows("SELECT 1 FROM users")) == 1
        assert len(await vestibule.mails("same@example.com")) == 1

    async def test_in_private_mode_the_crowd_sees_one_answer(self, start):
        async with start(REGISTRATION="private") as vestibule:
            answers = await all_at_once(*(vestibule.register(f"user{n:02}", "same@example.com") for n in range(CROWD)))
            assert {(a.status_code, a.text) for a in answers} == {(202, answers[0].text)}
            await vestibule.mails()
            claimed = await vestibule.rows("SELECT 1 FROM users WHERE email_canonical = 'same@example.com'")
            assert len(claimed) == 1
            assert await vestibule.rows("SELECT 1 FROM users WHERE pending_until IS NULL") == []


class TestSingleUse:
    async def test_a_reset_link_works_for_one(self, vestibule):
        await vestibule.register()
        token = await vestibule.reset_token()
        answers = await all_at_once(
            *(
                vestibule.post("/api/auth/reset-password", {"token": token, "password": f"quiet green lantern {n}"})
                for n in range(CROWD)
            )
        )
        assert statuses(answers) == [200] + [410] * (CROWD - 1)
        winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
        assert (await vestibule.log_in(password=f"quiet green lantern {winner}")).status_code == 200

    async def test_the_current_password_is_changed_by_one(self, start):
        async with start(ACCOUNT_FAILURES="100") as vestibule:
            tokens = await vestibule.signed_in()
            headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
            answers = await all_at_once(
                *(
                    vestibule.post(
                        "/api/auth/change-password",
                        {"currentPassword": PASSWORD, "newPassword": f"quiet green lantern {n}"},
                        **headers,
                    )
                    for n in range(CROWD)
                )
            )
            # One that arrives after the change shows what is no longer the password; one that was checked before it has
            # no session any more.
            refused = {answer.json()["code"] for answer in answers if answer.status_code != 200}
            assert refused <= {"authentication_required", "wrong_password"}
            (winner,) = (n for n, answer in enumerate(answers) if answer.status_code == 200)
            assert (await vestibule.log_in(password=f"quiet green lantern {winner}")).status_code == 200
            assert len(await vestibule.mails("alice@example.com", "password was changed")) == 1

    async def test_an_account_is_deleted_once(self, start):
        async with start(ACCOUNT_FAILURES="100") as vestibule:
            tokens = await vestibule.signed_in()
            headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
            call = vestibule.http.request
            await all_at_once(
                *(call("DELETE", "/api/account", json={"password": PASSWORD}, headers=headers) for _ in range(CROWD))
            )
            assert len(await vestibule.rows("SELECT 1 FROM audit_events WHERE action = 'user.deleted'")) == 1
            assert len(await vestibule.mails("alice@example.com", "account was deleted")) == 1

    async def test_six_digits_work_for_one(self, start):
        async with start(CODE_ATTEMPTS="100") as vestibule:
            await vestibule.register()
            code = (await vestibule.mails("alice@example.com", "Confirm"))[0]["codes"][0]
            body = {"email": "alice@example.com", "code": code}
            answers = await all_at_once(*(vestibule.post("/api/auth/verify-email", body) for _ in range(CROWD)))
            assert statuses(answers).count(200) == 1
            assert len(await vestibule.rows("SELECT 1 FROM audit_events WHERE action = 'email.verified'")) == 1

    async def test_parallel_guesses_do_not_pass_the_limit(self, vestibule):
        await vestibule.register()
        code = (await vestibule.mails("alice@example.com", "Confirm"))[0]["codes"][0]
        wrong = [f"{n:06}" for n in range(CROWD) if f"{n:06}" != code]
        await all_at_once(
            *(
                vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": guess})
                for guess in wrong
            )
        )
        right = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": code})
        assert right.json()["code"] == "invalid_code"


class TestRefresh:
    async def test_the_losers_of_a_race_get_the_winners_token(self, vestibule):
        tokens = await vestibule.signed_in()
        body = {"refreshToken": tokens["refreshToken"]}
        answers = await all_at_once(*(vestibule.post("/api/auth/refresh", body) for _ in range(CROWD)))
        assert statuses(answers) == [200] * CROWD
        assert len({answer.json()["refreshToken"] for answer in answers}) == 1
        live = await vestibule.rows("SELECT 1 FROM refresh_tokens WHERE consumed_at IS NULL")
        assert len(live) == 1

    async def test_a_crowd_of_families_moves_on_together(self, vestibule):
        """Live ones, one used before, one ended, one unknown and one sent twice, all in the same batch."""
        await vestibule.register()
        logins = [(await vestibule.log_in()).json() for _ in range(CROWD)]
        used, ended, twice, *live = logins
        body = {"refreshToken": used["refreshToken"]}
        assert (await vestibule.post("/api/auth/refresh", body)).status_code == 200
        vestibule.clock.advance(11_000_000)
        ending = {"Authorization": f"Bearer {ended['accessToken']}"}
        assert (await vestibule.post("/api/auth/logout", **ending)).status_code == 200
        sent = [*live, used, ended, {"refreshToken": ended["refreshToken"][:-8] + "AAAAAAAA"}, twice, twice]
        answers = await all_at_once(
            *(vestibule.post("/api/auth/refresh", {"refreshToken": one["refreshToken"]}) for one in sent)
        )
        assert [answer.status_code for answer in answers] == [200] * len(live) + [401, 401, 401, 200, 200]
        fresh = [answer.json() for answer in answers[: len(live)]]
        assert len({pair["refreshToken"] for pair in fresh}) == len(live)
        assert answers[-1].json()["refreshToken"] == answers[-2].json()["refreshToken"]
        for before, after in zip(live, fresh, strict=True):
            bearer = {"Authorization": f"Bearer {after['accessToken']}"}
            whose = (await vestibule.get("/api/sessions", **bearer)).json()["sessions"]
            assert next(one["current"] for one in whose if one["current"])
            assert before["refreshToken"] != after["refreshToken"]
        noted = await vestibule.rows("SELECT session_id FROM audit_events WHERE action = 'token.refreshed'")
        assert len(noted) == len(live) + 2
        assert len({row["session_id"] for row in noted}) == len(live) + 2

    async def test_waits_for_the_family_to_stand_still(self, vestibule):
        """On PostgreSQL the session row is the lock; SQLite has one writer at a time anyway."""
        tokens = await vestibule.signed_in()
        if vestibule.database._engine.dialect == "sqlite":
            return
        session_id = (await vestibule.rows("SELECT id FROM sessions"))[0]["id"]
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with vestibule.database.writing() as work:
            await work.sessions.lock_active(session_id, vestibule.clock.now())
            call = vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
            refresh = asyncio.create_task(call)
            while not refresh.done() and not await vestibule.rows(waiting):
                pass
            assert not refresh.done()
        assert (await refresh).status_code == 200

    async def test_reuse_after_the_grace_ends_the_family_and_tells_the_owner(self, vestibule):
        tokens = await vestibule.signed_in()
        fresh = (await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).json()
        vestibule.clock.advance(11_000_000)
        replay = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
        assert replay.status_code == 401
        dead = await vestibule.post("/api/auth/refresh", {"refreshToken": fresh["refreshToken"]})
        assert dead.status_code == 401
        assert len(await vestibule.rows("SELECT 1 FROM audit_events WHERE action = 'token.refresh_reused'")) == 1
        assert await vestibule.mails("alice@example.com", "ended one of your sessions")

    async def test_a_grandparent_is_reuse_even_within_the_grace(self, vestibule):
        first = await vestibule.signed_in()
        second = (await vestibule.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})).json()
        third = (await vestibule.post("/api/auth/refresh", {"refreshToken": second["refreshToken"]})).json()
        replay = await vestibule.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})
        assert replay.status_code == 401
        assert (await vestibule.post("/api/auth/refresh", {"refreshToken": third["refreshToken"]})).status_code == 401


class TestGuessing:
    async def test_fifty_parallel_guesses_reach_the_hash_ten_times(self, vestibule):
        await vestibule.register()
        answers = await all_at_once(*(vestibule.log_in(password=f"a wrong guess {n}") for n in range(50)))
        assert statuses(answers) == [401] * 10 + [429] * 40

    async def test_known_and_unknown_accounts_are_limited_at_the_same_count(self, vestibule):
        await vestibule.register()
        known = [(await vestibule.log_in(password=f"wrong guess {n}")).status_code for n in range(15)]
        unknown = [(await vestibule.log_in("nobody@example.com", f"wrong guess {n}")).status_code for n in range(15)]
        assert known == unknown == [401] * 10 + [429] * 5

    async def test_the_account_is_the_key_whichever_identifier_is_typed(self, vestibule):
        await vestibule.register()
        for number in range(10):
            await vestibule.log_in(("alice", "ALICE@example.com")[number % 2], "a wrong guess")
        assert (await vestibule.log_in("alice", PASSWORD)).status_code == 429

    async def test_delays_grow_and_end(self, vestibule):
        await vestibule.register()
        for _ in range(10):
            await vestibule.log_in(password="a wrong guess")
        waits = []
        for _ in range(7):
            refused = await vestibule.log_in(password="a wrong guess")
            waits.append(int(refused.headers["retry-after"]))
            vestibule.clock.advance(waits[-1] * 1_000_000)
            assert (await vestibule.log_in(password="a wrong guess")).status_code == 401
        assert waits == [30, 60, 120, 240, 480, 900, 900]
        vestibule.clock.advance(900_000_000)
        assert (await vestibule.log_in()).status_code == 200
        assert (await vestibule.log_in(password="a wrong guess")).status_code == 401

    async def test_success_on_the_attackers_own_account_resets_nothing_of_the_victims(self, vestibule):
        await vestibule.register()
        await vestibule.register("mallory")
        for _ in range(9):
            await vestibule.log_in(password="a wrong guess")
        assert (await vestibule.log_in("mallory@example.com")).status_code == 200
        assert (await vestibule.log_in(password="a wrong guess")).status_code == 401
        assert (await vestibule.log_in(password="a wrong guess")).status_code == 429

    async def test_a_reset_lets_the_locked_out_owner_in(self, vestibule):
        await vestibule.register()
        for _ in range(12):
            await vestibule.log_in(password="a wrong guess")
        token = await vestibule.reset_token()
        await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert (await vestibule.log_in(password="quiet green lantern")).status_code == 200


class TestAddressLimits:
    async def test_sign_ins_from_one_address_are_limited_and_say_so(self, start):
        async with start(LIMIT_LOGIN_ADDRESS="3/15m") as vestibule:
            answers = [await vestibule.log_in(f"user{n}@example.com") for n in range(4)]
            assert [a.status_code for a in answers] == [401, 401, 401, 429]
            assert answers[0].headers["ratelimit-policy"] == '"login";q=3;w=900'
            assert [a.headers["ratelimit"].split(";")[1] for a in answers] == ["r=2", "r=1", "r=0", "r=0"]
            assert int(answers[3].headers["retry-after"]) == 300
            elsewhere = vestibule.browser("192.0.2.9")
            assert (await elsewhere.sign_in("user9")).status_code == 401

    async def test_one_ipv6_customer_is_one_address(self, start):
        async with start(LIMIT_LOGIN_ADDRESS="1/15m") as vestibule:
            assert (await vestibule.browser("2001:db8:1:2::1").sign_in("user1")).status_code == 401
            assert (await vestibule.browser("2001:db8:1:2:ffff::9").sign_in("user2")).status_code == 429
            assert (await vestibule.browser("2001:db8:1:3::1").sign_in("user3")).status_code == 401

    async def test_requests_that_fail_validation_cost_nothing(self, start):
        async with start(LIMIT_REGISTRATION="1/15m") as vestibule:
            for _ in range(3):
                assert (await vestibule.register(email="no address")).status_code == 422
            assert (await vestibule.register("alice")).status_code == 201
            assert (await vestibule.register("bobby")).status_code == 429

    async def test_mails_to_one_address_are_bounded_and_the_answer_stays_the_same(self, vestibule):
        await vestibule.register()
        answers = set()
        for _ in range(9):
            answers.add((await vestibule.post("/api/auth/forgot-password", {"email": "alice@example.com"})).text)
            # Sent before the next one makes its link void: an email with a dead link is not sent.
            await vestibule.mails("alice@example.com")
        assert len(answers) == 1
        assert len(await vestibule.mails("alice@example.com")) == 5

    async def test_all_sign_ins_together_are_limited_too(self, start):
        async with start(LIMIT_LOGIN_GLOBAL="2/1m") as vestibule:
            answers = [await vestibule.browser(f"192.0.2.{n}").sign_in(f"user{n}") for n in range(3)]
            assert [a.status_code for a in answers] == [401, 401, 429]

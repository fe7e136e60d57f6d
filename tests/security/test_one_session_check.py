"""Every route asks the same session check: what it knows costs no read, what it does not know any more opens nothing."""

import json

import pytest
from indistinguishable import Trace

from harness import bearer
from vestibule.checks import guards
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason
from vestibule.routes import ROUTES

COOKIE = "vestibule_session"
LIGHT = [
    "/api/account",
    "/api/auth/profile",
    "/api/auth/profile?way=ordinary",
    "/api/session",
    "/api/session?way=ordinary",
]
MINUTE = 60_000_000


async def credentials(vestibule) -> dict[str, dict[str, str]]:
    """The headers of two sessions of one user."""
    tokens, browser = await vestibule.signed_in(), vestibule.browser()
    await browser.sign_in()
    jar = browser.http.cookies
    cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
    return {"bearer": bearer(tokens), "cookie": {"Cookie": cookies, "XSRF-Token": jar["XSRF-TOKEN"]}}


async def sent(vestibule, method, path, headers, **more):
    return await vestibule.browser().http.request(method, path, headers=headers, **more)


async def end_all(vestibule) -> None:
    """As another worker does it."""
    async with vestibule.database.writing() as work:
        for row in await work.connection.all("SELECT id, user_id FROM sessions"):
            await work.sessions.end(row["id"], row["user_id"], EndReason.LOGOUT, vestibule.clock.now())


async def replace_secrets(vestibule) -> None:
    async with vestibule.database.writing() as work:
        for row in await work.connection.all("SELECT id, token_hash FROM sessions WHERE token_hash IS NOT NULL"):
            await work.sessions.replace_token(row["id"], row["token_hash"], f"another {row['id']}")


@pytest.mark.parametrize("by", ["bearer", "cookie"])
class TestACachedSession:
    @pytest.mark.parametrize("path", LIGHT)
    async def test_is_answered_without_a_statement(self, vestibule, by, path):
        await vestibule.caching()
        headers = (await credentials(vestibule))[by]
        await sent(vestibule, "GET", path, headers)
        with Trace(vestibule) as trace:
            answer = await sent(vestibule, "GET", path, headers)
            assert trace.taken() == []
        assert answer.json()["user"]["username"] == "alice"

    @pytest.mark.parametrize("method", ["GET", "PATCH"])
    async def test_costs_a_row_with_a_whole_user_one_read_of_it(self, vestibule, by, method):
        await vestibule.caching()
        headers = (await credentials(vestibule))[by]
        path, body = ("/api/account/methods", {}) if method == "GET" else ("/api/account", {"json": {}})
        await sent(vestibule, "GET", "/api/account", headers)
        with Trace(vestibule) as trace:
            assert (await sent(vestibule, method, path, headers, **body)).status_code == 200
            reads = [step for step in trace.taken() if "FROM sessions s JOIN users" in step]
        assert len(reads) == 1, reads

    @pytest.mark.parametrize("path", [*LIGHT, "/api/sessions", "/api/account/methods"])
    async def test_opens_nothing_once_it_ended_in_another_worker(self, vestibule, by, path):
        await vestibule.caching()
        headers = (await credentials(vestibule))[by]
        assert (await sent(vestibule, "GET", path, headers)).status_code == 200
        await end_all(vestibule)
        answer = await sent(vestibule, "GET", path, headers)
        assert answer.status_code == 401 or answer.json()["user"] is None

    async def test_is_refused_when_a_second_factor_is_required_from_now_on(self, start, by):
        async with start(MFA_ROLES="clerk") as vestibule:
            await vestibule.caching()
            headers = (await credentials(vestibule))[by]
            user = (await sent(vestibule, "GET", "/api/account", headers)).json()["user"]
            await vestibule.services.accounts.roles.grant(user["id"], "clerk")
            for path in ("/api/account", "/api/account/methods"):
                assert (await sent(vestibule, "GET", path, headers)).status_code == 401

    async def test_moves_its_idle_expiry_on_by_whichever_route_is_asked(self, vestibule, by):
        await vestibule.caching()
        headers = (await credentials(vestibule))[by]
        vestibule.clock.advance(2 * MINUTE)
        before = vestibule.clock.now()
        await sent(vestibule, "GET", "/api/account", headers)
        await vestibule.services.sessions.session_touches.flush()
        seen = [row["last_seen_at"] for row in await vestibule.rows("SELECT last_seen_at FROM sessions")]
        assert max(seen) > before


class TestABodyThatIsLate:
    """The client decides when its body ends: what happened to the account meanwhile counts."""

    @pytest.mark.parametrize("by", ["bearer", "cookie"])
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PATCH", "/api/account", {"firstName": "Mallory"}),
            ("POST", "/api/account/lockdown", {}),
            ("POST", "/api/auth/logout", {}),
        ],
    )
    async def test_acts_on_no_session_that_ended_meanwhile(self, vestibule, by, method, path, body):
        await vestibule.caching()
        headers = (await credentials(vestibule))[by]
        answer = await self.late(vestibule, method, path, headers, body, end_all)
        assert answer.status_code == 401
        assert (await vestibule.rows("SELECT first_name FROM users"))[0]["first_name"] is None

    async def test_acts_on_no_session_whose_secret_was_replaced_meanwhile(self, vestibule):
        await vestibule.caching()
        headers = (await credentials(vestibule))["cookie"]
        answer = await self.late(vestibule, "PATCH", "/api/account", headers, {"firstName": "M"}, replace_secrets)
        assert answer.status_code == 401
        assert (await vestibule.rows("SELECT first_name FROM users"))[0]["first_name"] is None

    @staticmethod
    async def late(vestibule, method, path, headers, body, meanwhile):
        async def parts():
            yield json.dumps(body).encode()[:1]
            await meanwhile(vestibule)
            yield json.dumps(body).encode()[1:]

        return await sent(vestibule, method, path, headers | {"Content-Type": "application/json"}, content=parts())


class TestAWholeUser:
    """It is loaded after the check, so that everything that can change in between is checked again."""

    @pytest.fixture
    async def cookie(self, vestibule) -> str:
        await vestibule.caching()
        browser = vestibule.browser()
        await browser.register()
        return browser.http.cookies[COOKIE]

    @staticmethod
    async def checked(vestibule, cookie):
        return (await vestibule.services.access.session_check.by_cookie(cookie)).session

    async def test_is_the_user_and_the_session_that_were_checked(self, vestibule, cookie):
        session = await self.checked(vestibule, cookie)
        found = await vestibule.services.access.session_check.whole_user(session, cookie)
        assert isinstance(found, Principal)
        assert (found.user.id, found.session.id, found.session_type) == (session.user_id, session.id, session.type)

    async def test_is_not_one_whose_session_ended_since(self, vestibule, cookie):
        session = await self.checked(vestibule, cookie)
        await end_all(vestibule)
        assert await vestibule.services.access.session_check.whole_user(session, cookie) is None

    async def test_is_not_for_the_holder_of_an_older_secret_or_of_none(self, vestibule, cookie):
        check, session = vestibule.services.access.session_check, await self.checked(vestibule, cookie)
        for other in (None, "", cookie[:-1], cookie + "A"):
            assert await check.whole_user(session, other) is None
        await replace_secrets(vestibule)
        assert await check.whole_user(session, cookie) is None

    async def test_is_not_another_user(self, vestibule, cookie):
        session = (await self.checked(vestibule, cookie))._replace(user_id="user_another")
        assert await vestibule.services.access.session_check.whole_user(session, cookie) is None

    async def test_is_not_one_who_has_to_prove_more_now(self, start):
        async with start(MFA_ROLES="clerk") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            cookie = browser.http.cookies[COOKIE]
            session = await self.checked(vestibule, cookie)
            await vestibule.services.accounts.roles.grant(session.user_id, "clerk")
            assert await vestibule.services.access.session_check.whole_user(session, cookie) is None

    @pytest.mark.parametrize("change", ["disabled_at = 1", "deleted_at = 1", "not_before = 9000000000000000"])
    async def test_is_not_one_who_may_not_sign_in(self, vestibule, cookie, change):
        session = await self.checked(vestibule, cookie)
        await vestibule.run(f"UPDATE users SET {change}")
        assert await vestibule.services.access.session_check.whole_user(session, cookie) is None


class TestTheRow:
    def test_takes_a_whole_user_only_where_a_session_may_authorise_it(self):
        whole = [row for row in ROUTES if row.whole_user]
        assert whole
        for row in whole:
            assert row.authorised_by, row.path

    def test_needs_one_wherever_a_fresh_proof_is_needed(self):
        assert all(row.whole_user for row in ROUTES if row.fresh)

    @pytest.mark.parametrize("row", [row for row in ROUTES if row.guard is guards.signed_in], ids=lambda r: r.path)
    async def test_has_the_caller_that_its_controller_needs(self, vestibule, row):
        """A row without `whole_user` whose controller needs one would answer 401 to a good session."""
        headers = (await credentials(vestibule))["bearer"]
        path = row.path.replace("{id}", "session_01k00000000000000000000000").replace("{ceremony}", "x")
        answer = await sent(vestibule, row.method, path, headers, **({} if row.body is None else {"json": {}}))
        assert answer.status_code not in (401, 500), answer.text


class TestAMissingCsrfToken:
    async def test_costs_a_browser_neither_its_session_nor_the_cookie_s_renewal(self, vestibule):
        await vestibule.caching()
        headers = (await credentials(vestibule))["cookie"]
        vestibule.clock.advance(2 * MINUTE)
        answer = await sent(vestibule, "DELETE", "/api/sessions", {"Cookie": headers["Cookie"]})
        assert answer.json()["code"] == "csrf_failed"
        names = [line.partition("=")[0] for line in answer.headers.get_list("set-cookie")]
        assert names == [COOKIE, "XSRF-TOKEN"]

"""Forward-auth: who gets through, what the application is told, and what is never believed.

Cases 85 (malformed cookies), 197 and 199 (identity and hop-by-hop headers), 201 (paths), 203 (health checks), 205 (where
a browser is sent back to), 209 (names that forge headers).
"""

from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from asking import APP, RULES, Proxy

from harness import bearer

SETTINGS = {
    "PUBLIC_URL": "http://id.example.localhost:8000",
    "FORWARD_AUTH_DOMAIN": "example.localhost",
    "FORWARD_AUTH": RULES,
}


@pytest.fixture
async def guarded(start):
    async with start(**SETTINGS) as vestibule:
        yield vestibule


@pytest.fixture
def proxy(guarded):
    return Proxy(guarded)


PAGE = {"Accept": "text/html,*/*;q=0.8"}


async def signed_in(vestibule, username="alice"):
    """The headers of somebody's browser, as a proxy passes them on."""
    browser = vestibule.browser()
    await browser.register(username)
    return {"Cookie": f"vestibule_session={browser.http.cookies['vestibule_session']}"}, browser


class TestWhoGetsThrough:
    async def test_nobody_gets_401_and_a_page_is_sent_to_sign_in(self, proxy):
        api = await proxy.ask("/orders?page=2")
        assert (api.status_code, api.json()["code"]) == (401, "authentication_required")
        assert "location" not in api.headers
        page = await proxy.ask("/orders?page=2", **PAGE)
        assert page.status_code == 302
        to = parse_qs(urlsplit(page.headers["location"]).query)["to"]
        assert page.headers["location"].startswith("http://id.example.localhost:8000/forward-auth/return?")
        assert to == [f"http://{APP}/orders?page=2"]

    async def test_a_very_long_address_is_not_dragged_along(self, proxy):
        page = await proxy.ask("/" + "a" * 3000, **PAGE)
        assert parse_qs(urlsplit(page.headers["location"]).query)["to"] == [f"http://{APP}/"]

    @pytest.mark.parametrize(
        ("headers", "page"),
        [
            ({"Sec-Fetch-Mode": "navigate"}, True),
            ({"Sec-Fetch-Mode": "cors", "Accept": "text/html"}, False),
            ({"Accept": "text/html", "X-Requested-With": "XMLHttpRequest"}, False),
            ({"Accept": "application/json"}, False),
            ({"Accept": "text/html", "X-Forwarded-Method": "POST"}, False),
            ({"Sec-Fetch-Mode": "navigate", "X-Forwarded-Method": "HEAD"}, True),
        ],
    )
    async def test_a_page_is_told_from_a_call(self, proxy, headers, page):
        assert (await proxy.ask(**headers)).status_code == (302 if page else 401)

    async def test_nginx_gets_no_redirect_but_the_address(self, proxy):
        refused = await proxy.ask("/orders", "/forward-auth/nginx", **PAGE)
        assert refused.status_code == 401
        assert "/forward-auth/return?to=" in refused.headers["location"]
        assert "location" not in (await proxy.ask("/orders", "/forward-auth/nginx")).headers

    async def test_whoever_is_signed_in_and_who_it_is_for(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        passed = await proxy.ask("/orders", **cookie)
        assert passed.status_code == 200
        told = {name: passed.headers[name] for name in passed.headers if name.startswith(("remote-", "x-auth-"))}
        user = (await guarded.rows("SELECT id FROM users"))[0]["id"]
        assert told == {
            "remote-user": "alice", "remote-name": "", "remote-email": "alice@example.com", "remote-groups": "",
            "x-auth-request-user": user, "x-auth-request-preferred-username": "alice",
            "x-auth-request-email": "alice@example.com", "x-auth-request-groups": "",
        }  # fmt: skip

    async def test_first_and_last_name_are_the_name_where_there_is_no_other(self, guarded, proxy):
        cookie, browser = await signed_in(guarded)
        await browser.send("PATCH", "/api/account", {"firstName": "Ada", "lastName": "Lovelace"})
        passed = await proxy.ask("/orders", **cookie)
        assert passed.headers["remote-name"] == "Ada Lovelace"
        token = passed.headers["x-vestibule-token"]
        assert jwt.decode(token, options={"verify_signature": False})["name"] == "Ada Lovelace"

    async def test_an_access_token_works_as_well(self, guarded, proxy):
        tokens = await guarded.signed_in()
        assert (await proxy.ask(**bearer(tokens))).status_code == 200
        assert (await proxy.ask(Authorization="Basic YWxpY2U6eA==")).status_code == 401

    async def test_an_application_may_have_authorization_headers_of_its_own(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        assert (await proxy.ask(Authorization="Bearer of-the-app", **cookie)).status_code == 200

    async def test_rules_go_by_role_address_and_assurance(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        admin, mail, vault, closed = [
            await proxy.ask(to, **cookie) for to in ("/admin/x", "/mail", "/vault/", "/closed")
        ]
        assert [admin.status_code, mail.status_code, vault.status_code, closed.status_code] == [403, 403, 401, 403]
        assert vault.json()["code"] == "assurance_required"
        assert 'acr_values="aal2"' in vault.headers["www-authenticate"]
        page = await proxy.ask("/admin/x", **cookie, **PAGE)
        assert page.headers["location"].startswith("http://id.example.localhost:8000/auth/no-access?why=role&to=")
        user = await guarded.services.accounts.administration.find("alice")
        await guarded.services.accounts.roles.grant(user.id, "owner")
        await guarded.verify()
        assert (await proxy.ask("/admin/x", **cookie)).headers["remote-groups"] == "owner"
        assert (await proxy.ask("/mail", **cookie)).status_code == 200
        await guarded.services.accounts.roles.revoke(user.id, "owner")
        assert (await proxy.ask("/admin/x", **cookie)).status_code == 403

    async def test_public_is_public_and_overwrites_what_a_client_sends(self, proxy):
        passed = await proxy.ask("/public/logo.svg", Remote_User="admin", X_Vestibule_Token="x")
        assert passed.status_code == 200
        assert [passed.headers[name] for name in ("remote-user", "remote-groups", "x-vestibule-token")] == ["", "", ""]

    async def test_hosts_without_a_rule_are_closed(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        for host in ("other.example.localhost", "evil.test", "id.example.localhost"):
            assert (await proxy.ask(host=host, **cookie)).status_code == 403

    async def test_without_rules_our_own_host_is_for_whoever_is_signed_in(self, start):
        async with start() as vestibule:
            cookie, _ = await signed_in(vestibule)
            told = {"X-Forwarded-Proto": "http", "X-Forwarded-Uri": "/x"}
            here = told | {"X-Forwarded-Host": "localhost:8000"}
            assert (await vestibule.get("/forward-auth", **here)).status_code == 401
            assert (await vestibule.get("/forward-auth", **here, **cookie)).status_code == 200
            there = told | {"X-Forwarded-Host": "other.localhost"}
            assert (await vestibule.get("/forward-auth", **there, **cookie)).status_code == 403

    async def test_where_our_cookies_do_not_reach_nobody_is_sent_to_sign_in(self, start):
        async with start(FORWARD_AUTH="api.other.test/* signed-in\nlocalhost/* signed-in") as vestibule:
            far, near = (Proxy(vestibule) for _ in range(2))
            api = await far.ask("/x", host="api.other.test", **PAGE)
            assert (api.status_code, "location" in api.headers) == (401, False)
            assert "cookies of this service do not reach that host" in api.json()["detail"]
            assert (
                await far.ask("/x", host="api.other.test", **bearer(await vestibule.signed_in()))
            ).status_code == 200
            page = await near.ask("/x", host="localhost:8000", **PAGE)
            assert page.status_code == 302
            call = await near.ask("/x", host="localhost:8000")
            assert "do not reach" not in call.json()["detail"]

    async def test_a_whole_address_in_one_header_is_understood(self, guarded):
        cookie, _ = await signed_in(guarded)
        for target, status in (("/orders?page=2", 200), ("/admin/x", 403), ("/public/../admin", 403), ("", 200)):
            told = {"X-Original-URL": f"http://{APP}{target}"}
            assert (await guarded.get("/forward-auth", **told, **cookie)).status_code == status
        for odd in ("http://[", "http://[::1", "//", "http:///x", "x", "http://a@b/x"):
            assert (await guarded.get("/forward-auth", **{"X-Original-URL": odd}, **cookie)).status_code == 403
        told = {"X-Original-URL": f"http://{APP}/public/x"}
        assert (await guarded.get("/forward-auth", **told)).status_code == 200


class TestSignedHeader:
    async def test_says_who_to_that_host_alone_and_opens_nothing_here(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        token = (await proxy.ask(**cookie)).headers["x-vestibule-token"]
        keys = (await guarded.get("/.well-known/jwks.json")).json()["keys"]
        key = jwt.PyJWK(keys[0])
        claims = jwt.decode(token, key, algorithms=["ES256"], audience=f"http://{APP}", options={"verify_exp": False})
        assert claims["iss"] == "http://id.example.localhost:8000"
        assert (claims["preferred_username"], claims["acr"], claims["exp"] - claims["iat"]) == ("alice", "aal1", 120)
        assert jwt.get_unverified_header(token)["typ"] == "vestibule-forward-auth+jwt"
        with pytest.raises(jwt.InvalidAudienceError):
            jwt.decode(token, key, algorithms=["ES256"], audience="http://other", options={"verify_exp": False})
        for refused in (
            await proxy.ask(Authorization=f"Bearer {token}"),
            await guarded.get("/api/account", Authorization=f"Bearer {token}"),
        ):
            assert refused.status_code == 401

    async def test_is_made_anew_when_something_changed_and_after_a_minute(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)

        async def token():
            return (await proxy.ask(**cookie)).headers["x-vestibule-token"]

        first = await token()
        assert await token() == first
        user = await guarded.services.accounts.administration.find("alice")
        await guarded.services.accounts.roles.grant(user.id, "admin")
        second = await token()
        assert jwt.decode(second, options={"verify_signature": False})["roles"] == ["admin"]
        guarded.clock.advance(61_000_000)
        assert await token() != second


class TestRepeated:
    """What was decided before is repeated from the cache, and only to whom the rule admits."""

    async def test_a_page_of_thirty_addresses_is_signed_once_for_each_origin(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        asked = [await proxy.ask(f"/assets/{number % 30}.js", **cookie) for number in range(60)]
        assert {answer.status_code for answer in asked} == {200}
        assert len({answer.headers["x-vestibule-token"] for answer in asked}) == 1
        told = {"X-Forwarded-Proto": "https", **cookie}
        other, again = [(await proxy.ask("/assets/1.js", **told)).headers["x-vestibule-token"] for _ in range(2)]
        assert other == again != asked[0].headers["x-vestibule-token"]

    async def test_what_one_user_may_open_is_neither_another_s_nor_a_stranger_s(self, guarded, proxy):
        owner, _ = await signed_in(guarded)
        user = await guarded.services.accounts.administration.find("alice")
        await guarded.services.accounts.roles.grant(user.id, "owner")
        other, _ = await signed_in(guarded, "robert")
        for _ in range(2):
            assert (await proxy.ask("/admin/x", **owner)).headers["remote-user"] == "alice"
            assert (await proxy.ask("/admin/x", **other)).json()["code"] == "access_denied"
            assert (await proxy.ask("/admin/x")).json()["code"] == "authentication_required"
            named = [(await proxy.ask("/public/x", **who)).headers["remote-user"] for who in (owner, other, {})]
            assert named == ["alice", "robert", ""]

    async def test_a_user_who_is_not_cached_yet_is_no_stranger(self, guarded, proxy):
        for name in ("", "alice", "robert"):
            cookie = (await signed_in(guarded, name))[0] if name else {}
            assert (await proxy.ask("/public/x", **cookie)).headers["remote-user"] == name

    async def test_a_peer_that_is_not_trusted_gets_none_of_it(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        transport = httpx.ASGITransport(app=guarded.app, client=("203.0.113.9", 1))
        for _ in range(2):
            assert (await proxy.ask("/orders", **cookie)).status_code == 200
            async with httpx.AsyncClient(transport=transport, base_url=guarded.base_url) as stranger:
                told = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": APP, "X-Forwarded-Uri": "/orders"}
                assert (await stranger.get("/forward-auth", headers=told | cookie)).status_code == 403

    async def test_long_addresses_and_denied_ones_are_decided_anew_and_alike(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        for _ in range(2):
            assert (await proxy.ask("/" + "a" * 3000, **cookie)).status_code == 200
            assert (await proxy.ask("/closed", **cookie)).status_code == 403
            assert (await proxy.ask("/public/../admin", **cookie)).json()["code"] == "forward_auth_unclear"

    @pytest.mark.parametrize(("length", "kept"), [(200, True), (300, False)])
    async def test_long_addresses_fill_no_memory(self, start, length, kept):
        async with start(**SETTINGS, FAST_PATH="on") as guarded:
            await guarded.caching()
            cookie, _ = await signed_in(guarded)
            told = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": APP, "X-Forwarded-Uri": "/" + "a" * length}
            assert (await guarded.get("/forward-auth", **told, **cookie)).status_code == 200
            headers = [(name.lower().encode(), value.encode()) for name, value in {**told, **cookie}.items()]
            scope = {"type": "http", "method": "GET", "path": "/forward-auth", "headers": headers}
            route = guarded.app.fast_path.route(scope)
            answer = await route.fetch(scope | {"client": ("127.0.0.1", 40000)}, dict(headers), b"")
            assert (answer is not None) is kept


class TestEnding:
    @pytest.mark.parametrize("how", ["sign-out", "disable", "stamp"])
    async def test_whatever_ends_a_session_closes_the_door_at_once(self, guarded, proxy, how):
        cookie, browser = await signed_in(guarded)
        if how == "stamp":
            back = await browser.http.get(f"/forward-auth/return?to=http://{APP}/")
            cookie = {"Cookie": back.headers["set-cookie"].partition(";")[0]}
        assert (await proxy.ask(**cookie)).status_code == 200
        if how == "disable":
            await guarded.services.accounts.administration.disable(
                await guarded.services.accounts.administration.find("alice")
            )
        else:
            assert (
                await browser.http.delete("/api/session", headers={"XSRF-Token": await browser.csrf()})
            ).status_code == 200
        assert (await proxy.ask(**cookie)).status_code == 401


class TestReturn:
    async def test_a_stranger_signs_in_first_and_comes_back(self, guarded):
        to = f"http://{APP}/orders?page=2&q=a%20b"
        first = await guarded.get("/forward-auth/return?to=" + to.replace("&", "%26").replace("%20", "%2520"))
        assert first.status_code == 303
        query = parse_qs(urlsplit(first.headers["location"]).query)
        assert first.headers["location"].startswith("http://id.example.localhost:8000/auth/sign-in?")
        _, browser = await signed_in(guarded)
        back = await browser.http.get(query["next"][0])
        assert (back.status_code, back.headers["location"]) == (303, to)
        cookie = back.headers["set-cookie"]
        assert cookie.startswith("vestibule_forward_auth=vst_fwd_session_")
        assert "Domain=example.localhost" in cookie
        assert "HttpOnly" in cookie

    async def test_the_cookie_of_the_domain_opens_nothing_here(self, guarded):
        _, browser = await signed_in(guarded)
        back = await browser.http.get(f"/forward-auth/return?to=http://{APP}/")
        stamp = back.headers["set-cookie"].partition(";")[0].partition("=")[2]
        for name in ("vestibule_session", "vestibule_forward_auth", "vestibule_refresh"):
            assert (await guarded.get("/api/account", Cookie=f"{name}={stamp}")).status_code == 401
        assert (await guarded.get("/api/account", Authorization=f"Bearer {stamp}")).status_code == 401

    @pytest.mark.parametrize(
        "to",
        [
            "", "/account", "//app.example.localhost/", f"http://a@{APP}/", f"http://{APP}\\@evil.test/",
            f"javascript://{APP}/%0aalert(1)", f"http://{APP}", f"http://{APP}/%0d%0aSet-Cookie: a=b",
        ],
    )  # fmt: skip
    async def test_what_is_no_address_leads_to_the_account(self, guarded, to):
        _, browser = await signed_in(guarded)
        back = await browser.http.get("/forward-auth/return", params={"to": to})
        assert (back.status_code, back.headers["location"]) == (303, "http://id.example.localhost:8000/account")
        assert "set-cookie" not in back.headers

    @pytest.mark.parametrize("is_signed_in", [True, False])
    @pytest.mark.parametrize(
        ("to", "why"),
        [
            ("https://evil.test/", "unlisted"),
            (f"http://{APP}.evil.test/", "unlisted"),
            (f"http://evil.test/@{APP}/", "unlisted"),
            ("http://other.example.localhost/", "unlisted"),
            ("http://listed.example.org/a?b=c", "out_of_reach"),
        ],
    )
    async def test_nowhere_else_and_a_page_says_what_is_missing(self, start, to, why, is_signed_in):
        settings = {"PUBLIC_URL": "http://id.example.localhost:8000", "FORWARD_AUTH_DOMAIN": "example.localhost"}
        async with start(FORWARD_AUTH=f"{RULES}\nlisted.example.org/* signed-in", **settings) as vestibule:
            browser = (await signed_in(vestibule))[1] if is_signed_in else vestibule.browser()
            back = await browser.http.get("/forward-auth/return", params={"to": to})
            place, _, query = back.headers["location"].partition("?")
            assert (back.status_code, place) == (303, "http://id.example.localhost:8000/auth/no-access")
            assert parse_qs(query) == {"why": [why], "to": [to]}
            assert "set-cookie" not in back.headers

    @pytest.mark.parametrize(("port", "good"), [(":8000", True), (":8001", False), ("", False)])
    async def test_our_own_origin_needs_no_rule(self, guarded, port, good):
        _, browser = await signed_in(guarded)
        to = f"http://id.example.localhost{port}/orders?page=2"
        back = await browser.http.get("/forward-auth/return", params={"to": to})
        assert (back.headers["location"] == to) is good

    async def test_behind_https_only_https(self, start):
        settings = {"PUBLIC_URL": "https://id.example.com", "FORWARD_AUTH_DOMAIN": "example.com"}
        async with start(FORWARD_AUTH="app.example.com/* signed-in", **settings) as vestibule:
            for to, good in (("https://app.example.com/x", True), ("http://app.example.com/x", False)):
                answer = await vestibule.get(f"/forward-auth/return?to={to}")
                assert ("/auth/sign-in?next=" in answer.headers["location"]) is good
                assert ("/auth/no-access?why=insecure&" in answer.headers["location"]) is not good


class TestAnApplicationThatAsks:
    """What an application on a sibling host gets for the cookie that came to it: what a proxy would get."""

    async def answered(self, guarded, cookie, target="/orders", host=APP):
        return await self.sent(guarded, cookie, address=f"http://{host}{target}")

    async def sent(self, guarded, cookie, **query):
        return await guarded.browser().http.get("/forward-auth/session", params=query, headers={"Cookie": cookie})

    @pytest.fixture
    async def cookie(self, guarded):
        _, browser = await signed_in(guarded)
        back = await browser.http.get(f"/forward-auth/return?to=http://{APP}/")
        return back.headers["set-cookie"].partition(";")[0]

    async def test_the_user_and_the_session(self, guarded, cookie):
        answer = await self.answered(guarded, cookie)
        body = answer.json()
        assert (answer.status_code, body["user"]["username"], body["aal"]) == (200, "alice", 1)
        assert body["sessionId"].startswith("session_")
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers

    @pytest.mark.parametrize(
        ("target", "status", "code", "why"),
        [
            ("/admin/users", 403, "access_denied", "role"),
            ("/vault/1", 401, "assurance_required", "assurance"),
            ("/mail", 403, "access_denied", "email"),
            ("/closed", 403, "access_denied", "closed"),
            ("/a/../b", 403, "forward_auth_unclear", None),
            ("/a%2fb", 403, "forward_auth_unclear", None),
        ],
    )
    async def test_the_rules_hold_with_the_page_that_helps(self, guarded, cookie, target, status, code, why):
        refused = await self.answered(guarded, cookie, target)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        help_at = refused.json().get("helpAt")
        if why is None:
            assert help_at is None
        else:
            assert help_at.startswith("http://id.example.localhost:8000/auth/no-access?")
            assert parse_qs(urlsplit(help_at).query)["why"] == [why]

    async def test_another_host_has_its_own_rules(self, guarded, cookie):
        refused = await self.answered(guarded, cookie, host="other.example.localhost")
        assert (refused.status_code, refused.json()["code"]) == (403, "access_denied")

    @pytest.mark.parametrize("how", ["none", "forged", "session", "ended"])
    async def test_no_one_without_a_live_session_of_this_cookie(self, guarded, cookie, how):
        if how == "ended":
            user = await guarded.services.accounts.administration.find("alice")
            await guarded.services.accounts.administration.disable(user)
        session = (await signed_in(guarded, "robert"))[0]["Cookie"]
        sent = {"none": "", "forged": cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), "session": session}
        answer = await self.answered(guarded, sent.get(how, cookie))
        assert (answer.status_code, answer.json()["user"]) == (200, None)

    @pytest.mark.parametrize(
        "address",
        ["", "x", "/orders", f"//{APP}/", f"ftp://{APP}/", "http:///x", f"http://{APP}/é", f"http://a b.{APP}/"],
    )
    async def test_what_is_no_address_is_refused(self, guarded, cookie, address):
        refused = await self.sent(guarded, cookie, address=address)
        assert (refused.status_code, refused.json()["code"]) == (403, "forward_auth_unclear")

    async def test_without_an_address_the_member_is_named(self, guarded, cookie):
        refused = await self.sent(guarded, cookie)
        assert refused.status_code == 422
        assert "address" in refused.json()["errors"]


class TestWhatIsBelieved:
    @pytest.mark.parametrize(
        "stamp",
        [
            "",
            "x",
            "vst_fwd_session_" + "0" * 26 + "_" + "0" * 64,
            "vst_fwd_" + "0" * 200,
            "%e9",
            "a=b=c",
            "x" * 9000,
        ],
    )
    async def test_a_made_up_stamp_is_nobody_s(self, proxy, stamp):
        assert (await proxy.ask(Cookie=f"vestibule_forward_auth={stamp}")).status_code == 401

    async def test_a_cookie_that_comes_twice_is_not_there(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        assert (await proxy.ask(Cookie=f"{cookie['Cookie']}; vestibule_session=x")).status_code == 401

    async def test_only_trusted_peers_are_heard(self, guarded):
        cookie, _ = await signed_in(guarded)
        told = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": APP, "X-Forwarded-Uri": "/"}
        transport = httpx.ASGITransport(app=guarded.app, client=("203.0.113.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url=guarded.base_url) as stranger:
            answer = await stranger.get("/forward-auth", headers=told | cookie)
        assert (answer.status_code, answer.json()["code"]) == (403, "forward_auth_unclear")

    @pytest.mark.parametrize(
        "headers",
        [
            [("X-Forwarded-Host", "public.example.localhost")],
            [("X_Forwarded_Host", APP)],
            [("X-Forwarded_Uri", "/public/x")],
            [("Remote_User", "admin")],
            [("x-auth_request-GROUPS", "admin")],
            [("X_Vestibule_Token", "x")],
            [("X-Forwarded-Uri", "/public/x")],
            [("X-Original-URI", "/public/x")],
            [("X-Original-URL", f"http://{APP}/public/x")],
            [("X-Original-Host", "other")],
            [("X-Forwarded-Proto", "https")],
            [("X-Forwarded-Method", "GET"), ("X-Original-Method", "POST")],
            [("X-Forwarded-Method", "POST"), ("X-Original-Method", "GET")],
            [("X-Forwarded-Method", "GET /")],
            [("X-Original-URL", "http://[")],
        ],
    )
    async def test_a_fact_that_is_told_twice_is_no_fact(self, guarded, headers):
        cookie, _ = await signed_in(guarded)
        told = [("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", APP), ("X-Forwarded-Uri", "/"), *cookie.items()]
        answer = await guarded.http.get("/forward-auth", headers=[*told, *headers])
        assert (answer.status_code, answer.json()["code"]) == (403, "forward_auth_unclear")

    async def test_one_that_is_told_twice_alike_is(self, guarded):
        """Some proxies send both families."""
        cookie, _ = await signed_in(guarded)
        told = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": APP, "X-Forwarded-Uri": "/", "X-Original-URI": "/",
                "X-Forwarded-Method": "GET", "X-Original-Method": "GET"}  # fmt: skip
        assert (await guarded.get("/forward-auth", **told, **cookie)).status_code == 200

    @pytest.mark.parametrize("missing", ["X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri"])
    async def test_nor_is_one_that_is_missing(self, guarded, proxy, missing):
        cookie, _ = await signed_in(guarded)
        assert (await proxy.ask(**cookie, **{missing: None})).status_code == 403

    @pytest.mark.parametrize(
        "target",
        [
            "/public/../admin", "/public/%2e%2e/admin", "/public%2f..%2fadmin", "/public/%2E%2E/admin", "//admin",
            "/public/..;/admin", "/public/;/admin", "/public\\..\\admin", "/public/%5c..%5cadmin", "/public/#/../admin",
            "/public/%00", "/public/%c0%ae%c0%ae/admin", "/public/./x", "/public/%252e%252e/admin", "/public/%zz",
            "/public/..", "admin", "http://app/public/", "/public/\u00e9", "/public/\uff0fadmin", "/public/%ef%bc%8f..",
            "*", "", " /public/", "/public/\x01", "/public/" + "a" * 9000,
        ],
    )  # fmt: skip
    async def test_a_path_that_could_be_read_in_two_ways_is_closed(self, guarded, proxy, target):
        cookie, _ = await signed_in(guarded)
        raw = target.encode("utf-8").decode("latin-1")
        answer = await guarded.http.get("/forward-auth", headers=[
            (b"X-Forwarded-Proto", b"http"), (b"X-Forwarded-Host", APP.encode()),
            (b"X-Forwarded-Uri", raw.encode("latin-1")), (b"Cookie", cookie["Cookie"].encode()),
        ])  # fmt: skip
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        "target", ["/ADMIN/x", "/Admin", "/aDmIn/", "/admin", "/admin/?/public/", "/admin?x=/public/"]
    )
    async def test_case_and_query_open_nothing(self, guarded, proxy, target):
        cookie, _ = await signed_in(guarded)
        assert (await proxy.ask(target, **cookie)).status_code == 403

    @pytest.mark.parametrize("agent", ["kube-probe/1.30", "GoogleHC/1.0", "ELB-HealthChecker/2.0"])
    async def test_no_user_agent_opens_anything(self, proxy, agent):
        assert (await proxy.ask("/ping", User_Agent=agent)).status_code == 401

    async def test_names_cannot_forge_headers(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        await guarded.run("UPDATE users SET name = $1", "J\u00fcrgen, x\r\nRemote-Groups: admin\u2028%41")
        passed = await proxy.ask(**cookie)
        assert passed.headers["remote-name"] == "J%C3%BCrgen%2C x%0D%0ARemote-Groups: admin%E2%80%A8%2541"
        assert passed.headers["remote-groups"] == ""

    async def test_hop_by_hop_headers_change_nothing(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        named = "close, X-Forwarded-Host, X-Forwarded-Uri, Remote-User, Cookie"
        assert (await proxy.ask("/admin/x", Connection=named, **cookie)).status_code == 403
        assert (await proxy.ask("/", Connection=named)).status_code == 401

    async def test_other_people_s_origins_and_preflights_are_not_ours_to_answer(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        assert (await proxy.ask(Origin="https://evil.test", **cookie)).status_code == 200
        asked = {"Origin": "http://id.example.localhost:8000", "Access-Control-Request-Method": "GET"}
        told = {"X-Forwarded-Proto": "http", "Host": APP}
        answer = await guarded.http.options("/forward-auth/envoy/orders", headers=told | asked)
        assert answer.status_code == 401


class TestEnvoy:
    async def test_repeats_the_request_itself(self, guarded):
        cookie, _ = await signed_in(guarded)
        told = {"X-Forwarded-Proto": "http", "Host": APP, "X-Forwarded-Uri": "/public/x", "X-Forwarded-Host": "evil"}

        async def ask(method, target, **more):
            answer = await guarded.http.request(method, f"/forward-auth/envoy{target}", headers=told | more)
            return answer.status_code

        assert await ask("GET", "/orders?x=1", **cookie) == 200
        assert await ask("DELETE", "/orders", **cookie) == 200
        assert await ask("POST", "/orders") == 401
        assert await ask("GET", "/orders", Accept="text/html") == 302
        assert await ask("GET", "/admin/x", **cookie) == 403
        assert await ask("GET", "/public/%2e%2e/admin", **cookie) == 403


class TestOutages:
    async def test_a_database_that_fails_lets_nobody_in(self, guarded, proxy):
        cookie, _ = await signed_in(guarded)
        await guarded.run("ALTER TABLE sessions RENAME TO gone")
        assert (await proxy.ask(**cookie)).status_code >= 500

"""What authorises a request is a column of the route table: whatever else travels along changes nothing (ASVS 3.5.1, 8.2.1).

Every row is walked, from our own origin, a listed one and an unlisted one.
"""

import dataclasses
import json
import re

import pytest
from accounts import WITHOUT_LIMITS
from own_bodies import BODIES, LINKS, fresh_name

from harness import PASSWORD, bearer
from vestibule.checks import csrf, guards
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.route import Route
from vestibule.fastpath.introspection import PATH as INTROSPECTION
from vestibule.fastpath.session import ROUTES as FAST_SESSION
from vestibule.routes import ROUTES
from vestibule.routes._openapi import document

OWN, APP, EVIL = "http://localhost:8000", "https://app.example.com", "https://evil.example"
BODY, COOKIE, TOKEN = AuthorisedBy.OWN_BODY, AuthorisedBy.SESSION_COOKIE, AuthorisedBy.CSRF_TOKEN
SESSION_CHOSEN = (csrf.of_session_type, csrf.of_cookie_attempt)
UNSAFE = [row for row in ROUTES if row.method != "GET"]
BY_BODY = [row for row in UNSAFE if BODY in row.authorised_by and TOKEN not in row.authorised_by]
SIGNED_IN = [row for row in ROUTES if row.guard is guards.signed_in]
FOR_ALL = [row for row in ROUTES if row.authorised_by is AuthorisedBy.NOTHING]


def name_of(row: Route) -> str:
    return f"{row.method} {row.path}"


def each(rows):
    return pytest.mark.parametrize("row", rows, ids=name_of)


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "session_01k00000000000000000000000", path)


def seen(answer):
    """What a client can tell: the status, the code or the members, and the names of the cookies that are set."""
    is_json = "json" in answer.headers.get("content-type", "")
    body = answer.json() if is_json else None
    members = sorted(body) if isinstance(body, dict) else body.__class__.__name__
    cookies = sorted(line.partition("=")[0] for line in answer.headers.get_list("set-cookie"))
    return answer.status_code, body.get("code", members) if isinstance(body, dict) else members, cookies


@pytest.fixture
async def vestibule(start):
    async with start(CORS_ORIGINS=APP, **WITHOUT_LIMITS) as system:
        yield system


class Carol:
    """A browser with every credential there is: signed in at our pages, and in an application with tokens."""

    def __init__(self, browser, tokens, refresh) -> None:
        self.browser = browser
        session = f"vestibule_session={browser.http.cookies['vestibule_session']}"
        attempt = "vestibule_attempt=vst_att_" + "A" * 49
        self.cookies = {"session": session, "refresh": f"vestibule_refresh={refresh}", "attempt": attempt}
        self.bearer = bearer(tokens)

    def carried(self, *, session=True, header=True):
        """Headers of requests, each with another credential of hers or several; without those that the row takes."""
        cookies = self.cookies if session else {n: c for n, c in self.cookies.items() if n != "session"}
        found = [{"Cookie": cookie} for cookie in cookies.values()] + [{"Cookie": "; ".join(cookies.values())}]
        if header:
            found += [self.bearer, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Basic YTpi"}]
            found += [{**self.bearer, **found[-4]}]
        return found

    async def is_untouched(self, vestibule) -> bool:
        account = await vestibule.browser().get("/api/account", **self.bearer)
        session = await vestibule.browser().get("/api/session", Cookie=self.cookies["session"])
        return account.status_code == 200 and session.json()["user"]["username"] == "carol"


@pytest.fixture
async def carol(vestibule):
    browser, app = vestibule.browser(), vestibule.browser()
    await browser.register("carol")
    body = {"username": "carol", "password": PASSWORD}
    tokens = (await app.http.post("/api/auth/login", json=body)).json()
    await app.http.post("/api/auth/login", json={**body, "tokenDelivery": "cookie"})
    return Carol(browser, tokens, app.http.cookies["vestibule_refresh"])


class TestTheColumn:
    def test_has_no_default_and_is_on_every_row(self):
        column = {field.name: field for field in dataclasses.fields(Route)}["authorised_by"]
        assert column.default is column.default_factory is dataclasses.MISSING
        assert column.kw_only
        assert all(isinstance(row.authorised_by, AuthorisedBy) for row in ROUTES)

    @each(ROUTES)
    def test_agrees_with_the_guard_and_the_body(self, row):
        takes = row.authorised_by
        assert (row.guard is guards.signed_in) <= (takes & ~AuthorisedBy.API_KEY is AuthorisedBy.ANY_SESSION)
        assert (AuthorisedBy.API_KEY in takes) <= (row.method == "GET" and AuthorisedBy.BEARER in takes)
        assert not (row.whole_user and AuthorisedBy.API_KEY in takes)
        assert (takes is AuthorisedBy.NOTHING) <= (row.method == "GET")
        assert row.form == (takes is AuthorisedBy.CLIENT)
        assert (BODY in takes) <= (row.body is not None)
        assert (AuthorisedBy.REFRESH_COOKIE in takes) <= row.path.startswith("/api/auth/")

    def test_of_rows_whose_body_chooses_the_session_type_takes_the_cookie_beside_the_body(self):
        chosen = [row for row in ROUTES if row.check in SESSION_CHOSEN]
        assert len(chosen) == 4
        assert all(BODY | COOKIE in row.authorised_by for row in chosen)

    def test_of_the_fast_path_is_what_the_fast_path_takes(self):
        takes = {(row.method, row.path): row.authorised_by for row in ROUTES}
        assert {takes["GET", path] for path in FAST_SESSION} == {AuthorisedBy.ANY_SESSION}
        assert takes["POST", INTROSPECTION] is AuthorisedBy.CLIENT

    def test_is_what_the_openapi_document_says(self):
        paths = json.loads(document(ROUTES))["paths"]
        for name, expected in {
            "GET /health": [],
            "POST /api/auth/login": [],
            "GET /api/account": ["bearer", "session"],
            "PATCH /api/account": ["bearer", "csrf session"],
            "GET /api/session": ["bearer", "session", ""],
            "GET /api/csrf/restore": ["session", ""],
            "POST /api/session": ["csrf session", "csrf"],
            "DELETE /api/session": ["bearer csrf", "csrf session", "csrf"],
            "POST /api/auth/refresh": ["refresh", ""],
            "POST /api/auth/verify-email": ["bearer", "csrf session", ""],
            "POST /oauth/introspect": ["client", ""],
            "GET /metrics": ["metrics", ""],
        }.items():
            method, path = name.split()
            alternatives = paths[path][method.lower()].get("security", [])
            assert [" ".join(sorted(schemes)) for schemes in alternatives] == expected, name

    def test_every_row_with_an_own_body_has_one_in_these_tests(self):
        assert {row.path for row in BY_BODY} == BODIES.keys()


class TestAnApplicationOnAListedOrigin:
    """D2: the person is signed in at our pages, in the same browser."""

    @each(BY_BODY)
    async def test_is_served_by_its_own_credentials(self, vestibule, carol, row):
        path, body = await BODIES[row.path](vestibule)
        answer = await carol.browser.http.post(path, json=body, headers={"Origin": APP})
        assert answer.status_code in ((400, 401) if row.path in LINKS else (200, 201)), answer.text
        assert answer.headers["access-control-allow-origin"] == APP
        assert (await carol.browser.whoami())["username"] == "carol"

    async def test_stays_signed_in_over_a_reload_by_the_refresh_cookie(self, vestibule, carol):
        http, app = carol.browser.http, {"Origin": APP}
        body = {"username": "carol", "password": PASSWORD, "tokenDelivery": "cookie"}
        assert (await http.post("/api/auth/login", json=body, headers=app)).status_code == 200
        for _ in range(2):
            assert (await http.post("/api/auth/refresh", headers=app)).status_code == 200
        assert (await http.post("/api/auth/logout", headers=app)).status_code == 200
        assert (await http.post("/api/auth/refresh", headers=app)).status_code == 204
        assert (await carol.browser.whoami())["username"] == "carol"

    async def test_signs_out_of_its_own_session_and_leaves_the_one_at_our_pages(self, carol):
        before = dict(carol.browser.http.cookies)
        answer = await carol.browser.http.post("/api/auth/logout", headers={"Origin": APP, **carol.bearer})
        assert answer.status_code == 200
        assert dict(carol.browser.http.cookies) == before
        assert (await carol.browser.whoami())["username"] == "carol"


class TestWhatTravelsAlong:
    @pytest.mark.parametrize("origin", [OWN, APP])
    @each(BY_BODY)
    async def test_beside_an_own_body_changes_nothing(self, vestibule, carol, row, origin):
        async def answered(**headers):
            path, body = await BODIES[row.path](vestibule)
            answer = await vestibule.browser().http.post(path, json=body, headers={"Origin": origin, **headers})
            return seen(answer)

        alone = await answered()
        # A good access token of another person stands for that person where the row takes one.
        header = AuthorisedBy.BEARER not in row.authorised_by
        for headers in carol.carried(header=header):
            assert await answered(**headers) == alone, headers
        assert await carol.is_untouched(vestibule)

    @pytest.mark.parametrize("origin", [OWN, APP])
    @each(FOR_ALL)
    async def test_to_what_is_for_all_changes_nothing(self, vestibule, carol, row, origin):
        async def answered(**headers):
            answer = await vestibule.browser().http.get(concrete(row.path), headers={"Origin": origin, **headers})
            return seen(answer)

        alone = await answered()
        for headers in carol.carried():
            assert await answered(**headers) == alone, headers

    @pytest.mark.parametrize("origin", [OWN, APP])
    @each(SIGNED_IN)
    async def test_beside_an_access_token_changes_nothing(self, vestibule, carol, row, origin):
        async def answered(**headers):
            tokens = await vestibule.browser().http.post("/api/auth/login", json=await account(vestibule))
            return await called(vestibule, row, Origin=origin, **bearer(tokens.json()), **headers)

        alone = await answered()
        assert alone[0] != 401
        for headers in carol.carried(header=False):
            assert await answered(**headers) == alone, headers
        assert await carol.is_untouched(vestibule)

    @pytest.mark.parametrize("origin", [OWN, APP])
    @each(SIGNED_IN)
    async def test_beside_a_session_cookie_changes_nothing(self, vestibule, carol, row, origin):
        async def answered(cookie=""):
            browser = vestibule.browser()
            await browser.post("/api/session", await account(vestibule))
            jar = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
            headers = {"Cookie": f"{jar}; {cookie}", "XSRF-Token": browser.http.cookies["XSRF-TOKEN"]}
            return await called(vestibule, row, Origin=origin, **headers)

        alone = await answered()
        assert alone[0] != 401
        for headers in carol.carried(session=False, header=False):
            assert await answered(headers["Cookie"]) == alone, headers
        assert await carol.is_untouched(vestibule)

    @each(SIGNED_IN)
    async def test_signs_no_one_in(self, vestibule, carol, row):
        for headers in carol.carried(session=False, header=False):
            assert (await called(vestibule, row, **headers))[:2] == (401, "authentication_required")
        refused = await called(vestibule, row, Authorization="Bearer a.b.c", Cookie=carol.cookies["session"])
        assert refused[:2] == (401, "invalid_token")

    @each([row for row in ROUTES if row.method == "GET" and row not in SIGNED_IN and COOKIE in row.authorised_by])
    async def test_to_what_is_for_all_and_shows_a_session_changes_nothing(self, vestibule, carol, row):
        path = row.path + ("?to=http://localhost:8000/account" if row.query else "")

        async def answered(**headers):
            return seen(await vestibule.browser().get(path, **headers))

        takes_header = AuthorisedBy.BEARER in row.authorised_by
        for own in ({}, {"Cookie": carol.cookies["session"]}, *([carol.bearer] if takes_header else [])):
            alone = await answered(**own)
            for headers in carol.carried(session=False, header=not takes_header):
                cookies = "; ".join(pair["Cookie"] for pair in (own, headers) if "Cookie" in pair)
                assert await answered(**(own | headers | {"Cookie": cookies})) == alone, headers
        assert await carol.is_untouched(vestibule)

    @each([row for row in ROUTES if row.authorised_by is AuthorisedBy.FORWARD_AUTH_COOKIE])
    async def test_beside_the_cookie_of_sibling_hosts_changes_nothing(self, vestibule, carol, row):
        to = {"address": "http://localhost:8000/orders"}

        async def answered(cookie="", **headers):
            answer = await vestibule.browser().http.get(row.path, params=to, headers=headers | {"Cookie": cookie})
            return answer.status_code, answer.json()["user"] and answer.json()["user"]["username"]

        session = carol.cookies["session"].partition("=")[2]
        for headers in carol.carried():
            assert await answered(headers.get("Cookie", ""), **_without_cookie(headers)) == (200, None), headers
        assert await answered(f"vestibule_forward_auth={session}") == (200, None)
        checked = await vestibule.services.access.session_check.by_cookie(session)
        own = f"vestibule_forward_auth={vestibule.services.access.forward_auth.forward_auth_cookie(checked.session)}"
        assert await answered(own) == (200, "carol")
        for headers in carol.carried():
            cookie = "; ".join(filter(None, (own, headers.get("Cookie"))))
            assert await answered(cookie, **_without_cookie(headers)) == (200, "carol"), headers

    @pytest.mark.parametrize("origin", [OWN, APP])
    @each([row for row in ROUTES if row.authorised_by is AuthorisedBy.CLIENT])
    async def test_beside_a_client_s_secret_changes_nothing(self, vestibule, carol, row, origin):
        client, secret = await vestibule.services.tokens.clients.create("orders", None, ())
        form = {"token": "x", "client_id": client.id, "client_secret": secret}

        async def answered(**headers):
            answer = await vestibule.browser().http.post(row.path, data=form, headers={"Origin": origin, **headers})
            return seen(answer)

        alone = await answered()
        assert alone[0] == 200
        for headers in carol.carried(header=False):
            assert await answered(**headers) == alone, headers

    @each(UNSAFE)
    async def test_from_an_unlisted_origin_is_refused_with_all_of_it(self, vestibule, carol, row):
        for headers in carol.carried():
            answer = await called(vestibule, row, Origin=EVIL, **headers)
            assert answer[:2] == (403, "origin_not_allowed"), headers
        assert await carol.is_untouched(vestibule)

    @pytest.mark.parametrize("path", ["/api/session", "/api/users"])
    async def test_to_a_sign_in_with_a_cookie_session_changes_nothing(self, vestibule, carol, path):
        async def answered(**headers):
            browser, name = vestibule.browser(), fresh_name()
            new = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
            body = new if path == "/api/users" else await account(vestibule)
            answer = await browser.post(path, body, **headers)
            assert await browser.whoami()
            return seen(answer)

        alone = await answered()
        for headers in carol.carried(session=False):
            if "Cookie" not in headers:
                assert await answered(**headers) == alone, headers

    async def test_of_an_access_token_is_no_part_of_the_csrf_token(self, vestibule, carol):
        """A client that sends its access token everywhere has a browser's cookies like any other."""
        client = vestibule.browser()
        client.http.headers.update(carol.bearer)
        assert (await client.sign_in("carol")).status_code == 200
        other = vestibule.browser()
        assert (await other.send("DELETE", "/api/session", **carol.bearer)).status_code == 200
        assert (await vestibule.get("/api/account", **carol.bearer)).status_code == 401

    async def test_to_a_second_sign_in_of_a_browser_leaves_no_session_behind(self, vestibule, carol):
        before = carol.cookies["session"]
        body = {"credential": "carol", "password": PASSWORD}
        assert (await carol.browser.post("/api/session", body, **carol.bearer)).status_code == 200
        old = await vestibule.browser().get("/api/session", Cookie=before)
        assert old.json()["user"] is None


def _without_cookie(headers):
    return {name: value for name, value in headers.items() if name != "Cookie"}


async def account(vestibule):
    """The credentials of a new account."""
    _, body = await BODIES["/api/auth/login"](vestibule)
    return {"credential": body["username"], "password": body["password"]}


async def called(vestibule, row, **headers):
    json = {} if row.body is None or row.form else {"json": {}}
    http = vestibule.browser().http
    return seen(await http.request(row.method, concrete(row.path), headers=headers, **json))


class TestTheCsrfToken:
    """It is needed exactly where the column says so."""

    @each(UNSAFE)
    async def test_is_needed_where_the_session_cookie_authorises_or_is_set(self, vestibule, carol, row):
        made = BODIES.get(row.path)
        path, body = await made(vestibule) if made else (concrete(row.path), {})
        content = {"data": {"token": "x"}} if row.form else {"json": body}

        async def is_refused(**headers):
            answer = await vestibule.browser().http.request(row.method, path, headers=headers, **content)
            return seen(answer)[:2] == (403, "csrf_failed")

        cookie, takes = {"Cookie": carol.cookies["session"]}, row.authorised_by
        assert await is_refused() is (TOKEN in takes)
        assert await is_refused(**{"XSRF-Token": "x"}) is (TOKEN in takes)
        # With a stale token the page wants to be signed in: it hears so, and fetches a new one.
        for stale in ("", "x", carol.browser.http.cookies["XSRF-TOKEN"] + "0"):
            assert await is_refused(**cookie, **{"XSRF-Token": stale}) is bool(takes & (TOKEN | COOKIE))
        assert await is_refused(**cookie) is (TOKEN in takes or (COOKIE in takes and BODY not in takes))
        assert await carol.is_untouched(vestibule)

    @pytest.mark.parametrize("way", ["secret", "empty secret", "access token"])
    async def test_is_not_replaced_by_what_does_not_belong_to_the_attempt(self, vestibule, carol, way):
        """A request without a CSRF token continues no attempt that only the browser's cookies are bound to."""
        browser = vestibule.browser()
        begun = await browser.begin("carol")
        made_up = {"secret": "vst_att_" + "A" * 49, "empty secret": ""}
        body = {"method": "password", "password": PASSWORD}
        body |= {"secret": made_up[way]} if way in made_up else {}
        headers = {"Origin": APP} | ({} if way in made_up else carol.bearer)
        path = f"/api/login/{begun['attempt']['id']}/steps"
        refused = await browser.http.post(path, json=body, headers=headers)
        assert refused.status_code in (401, 422), refused.text
        assert await browser.whoami() is None
        assert (await browser.step(begun, "password", password=PASSWORD)).status_code == 200


class TestCors:
    async def preflight(self, vestibule, row_method, path, origin):
        headers = {"Origin": origin, "Access-Control-Request-Method": row_method}
        headers["Access-Control-Request-Headers"] = "authorization, content-type, x-csrf-token"
        return await vestibule.http.options(path, headers=headers)

    async def test_allows_every_row_to_a_listed_origin_and_none_to_another(self, vestibule):
        for row in ROUTES:
            allowed = await self.preflight(vestibule, row.method, concrete(row.path), APP)
            assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, APP), name_of(row)
            refused = await self.preflight(vestibule, row.method, concrete(row.path), EVIL)
            assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (400, False)

    async def test_allows_the_methods_of_the_path_and_no_other(self, vestibule):
        for row in ROUTES:
            answer = await self.preflight(vestibule, row.method, concrete(row.path), APP)
            of_path = {other.method for other in ROUTES if other.path == row.path}
            allowed = set(answer.headers["access-control-allow-methods"].split(", "))
            assert allowed == of_path | ({"HEAD"} if "GET" in of_path else set()), row.path
            for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - allowed:
                assert (await self.preflight(vestibule, method, concrete(row.path), APP)).status_code == 400

    async def test_lets_a_page_read_that_there_is_no_such_address(self, vestibule):
        answer = await self.preflight(vestibule, "PATCH", "/api/no-such-thing", APP)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, APP)
        missing = await vestibule.http.patch("/api/no-such-thing", headers={"Origin": APP})
        assert (missing.status_code, missing.headers["access-control-allow-origin"]) == (404, APP)

    async def test_allows_credentials_to_a_listed_origin(self, vestibule):
        for row in ROUTES:
            answer = await self.preflight(vestibule, row.method, concrete(row.path), APP)
            assert answer.headers["access-control-allow-credentials"] == "true", row.path

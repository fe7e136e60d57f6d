"""FastAPI, Starlette, Flask, Django, plain WSGI and Express, started for real behind a real Vestibule: every credential through
the same call, every refusal, and an ended session heard of within moments.
"""

import sys
import time

import httpx
import jwt
import pytest
from visitors import FRAMEWORKS, Visitor, operator

from harness import SECRET
from programs import application
from servers import server

pytestmark = pytest.mark.servers
ORDERS = "https://orders.example.com"
GENEROUS = {
    "SECRET_KEY": SECRET, "ARGON2_MEMORY_KIB": "64", "ACCOUNT_FAILURES": "100000",
    **{f"LIMIT_{name}": "100000/1m" for name in ("REGISTRATION", "CODES", "STEPS", "LOGIN_ADDRESS", "LOGIN_GLOBAL")},
}  # fmt: skip


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("issuer")
    with server(folder, **{f"VESTIBULE_{name}": value for name, value in GENEROUS.items()}) as running:
        running.database = f"sqlite:///{folder / 'vestibule.db'}"
        running.client = operator(
            folder, running.database, "clients", "create", "orders", "--audience", ORDERS, "--scope", "orders:read"
        )[0]
        yield running


@pytest.fixture(scope="module", params=FRAMEWORKS)
def app(request, issuer, tmp_path_factory):
    module, interface = FRAMEWORKS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    environment = {
        "VESTIBULE_ISSUER": issuer.url,
        "VESTIBULE_CLIENT_ID": issuer.client["id"],
        "VESTIBULE_CLIENT_SECRET": issuer.client["secret"],
        "VESTIBULE_APP_ORIGIN": "http://app.example.localhost",
        "DJANGO_DATABASE": str(folder / "django.db"),
    }
    with application(folder, module, interface, **environment) as url, httpx.Client(base_url=url) as http:
        http.framework = request.param
        yield http


@pytest.fixture(scope="module")
def names():
    counter = iter(range(1000))
    return lambda: f"somebody{next(counter)}"


@pytest.fixture
def alice(issuer, names, app):
    visitor = Visitor(issuer.url, f"{app.framework}{names()}")
    yield visitor
    visitor.http.close()


class TestCredentials:
    def test_an_access_token(self, app, alice):
        answer = app.get("/me", headers=alice.bearer)
        assert answer.json() == {"id": alice.id, "via": "token", "username": None, "email": None, "aal": 1}

    def test_a_session_cookie_with_names(self, app, alice):
        answer = app.get("/me", headers=alice.cookie())
        email = f"{alice.name}@example.com"
        assert answer.json() == {"id": alice.id, "via": "session", "username": alice.name, "email": email, "aal": 1}

    def test_an_api_key(self, app, alice):
        answer = app.get("/me", headers=alice.api_key("orders:read"))
        assert answer.json().items() >= {"id": alice.id, "via": "api_key", "username": alice.name, "aal": 1}.items()

    def test_nobody(self, app):
        assert app.get("/maybe").json() == {"id": None}

    def test_somebody_where_nobody_would_do(self, app, alice):
        assert app.get("/maybe", headers=alice.bearer).json()["id"] == alice.id


class TestRefusals:
    def test_a_program_gets_401_with_what_is_missing(self, app):
        answer = app.get("/me", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        told = answer.json()
        assert (told["code"], told["got"]) == ("authentication_required", "no credential")
        assert "Authorization: Bearer" in told["fix"]

    def test_a_browser_is_sent_to_sign_in_and_back(self, app, issuer):
        path = "/page?q=1" if app.framework == "django" else "/me?q=1"
        answer = app.get(path, headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"})
        if app.framework == "django":
            answer = app.get(answer.headers["location"])
        assert answer.status_code == 302
        back = str(app.base_url.copy_with(raw_path=path.encode()))
        address = httpx.URL(answer.headers["location"])
        assert str(address).startswith(f"{issuer.url}/forward-auth/return?")
        assert address.params["to"] == back

    @pytest.mark.parametrize(
        "header",
        ["Bearer", "Bearer x", "Bearer a.b.c", "Basic YWxpY2U6cGFzc3dvcmQ=", "Bearer vst_key_" + "a" * 49, "Bearer é",
         "Bearer {t}x", "Bearer {t},Bearer {t}", "Bearer {refresh}", "Bearer {none}", "Bearer {list}"],
    )  # fmt: skip
    def test_what_is_no_good_credential_is_refused_also_where_nobody_would_do(self, app, alice, issuer, header):
        token = alice.tokens["accessToken"]
        unsigned = jwt.encode(jwt.decode(token, options={"verify_signature": False}), None, algorithm="none")
        listed = httpx.get(f"{issuer.url}/oauth/status-lists/0").text
        given = header.format(t=token, refresh=alice.tokens["refreshToken"], none=unsigned, list=listed)
        for path in ("/me", "/maybe"):
            assert app.get(path, headers={"Authorization": given.encode()}).status_code == 401, path

    @pytest.mark.parametrize("value", ["x", "vst_ses_" + "a" * 49, "\\351", "vst_ses_é"])
    def test_a_cookie_that_is_none_is_refused(self, app, value):
        assert app.get("/me", headers={"Cookie": f"vestibule_session={value}".encode()}).status_code == 401

    def test_a_token_for_another_api_is_none_for_this_one(self, app, alice):
        answer = app.get("/me", headers=alice.token_for(ORDERS))
        assert answer.status_code == 401
        assert "VESTIBULE_AUDIENCE" in answer.text

    def test_the_header_of_a_proxy_counts_with_its_signature_alone(self, app, alice):
        for forged in ("alice", alice.tokens["accessToken"]):
            assert app.get("/me", headers={"X-Vestibule-Token": forged}).status_code == 401
        for name in ("Remote-User", "X-Auth-Request-User", "X-Forwarded-User", "Remote_User"):
            assert app.get("/me", headers={name: "alice"}).status_code == 401

    @pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                                         {"Origin": "https://evil.example"}, {"Origin": "null"}])  # fmt: skip
    def test_another_site_cannot_make_a_browser_change_something(self, app, alice, headers):
        if app.framework == "django":
            headers = headers | {"X-Note": "Django's own CSRF check stands beside this one"}
        cookie = alice.cookie()
        assert app.post("/change", headers=cookie | headers).status_code == 403
        own = {"Origin": str(app.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        assert app.post("/change", headers=cookie | own).status_code == 200
        assert app.post("/change", headers=alice.bearer | headers).status_code == 200


class TestRights:
    def test_roles(self, app, alice, issuer):
        assert app.get("/admin", headers=alice.bearer).status_code == 403
        operator(issuer.folder, issuer.database, "users", "grant", alice.name, "admin")
        alice.refresh()
        assert app.get("/admin", headers=alice.bearer).status_code == 200

    def test_scopes_of_tokens_and_keys(self, app, alice):
        assert app.get("/orders", headers=alice.bearer).status_code == 403
        assert app.get("/orders", headers=alice.api_key("orders:read")).status_code == 200

    def test_a_second_factor(self, app, alice):
        assert app.get("/vault", headers=alice.bearer).status_code == 403
        alice.add_app()
        assert app.get("/vault", headers=alice.bearer).status_code == 200


class TestTheEnd:
    """The application checks tokens by itself; it hears of the end through the feed."""

    @pytest.mark.parametrize("how", ["token", "cookie", "api key"])
    def test_an_ended_session_is_refused_within_moments(self, app, alice, how, capsys):
        headers = {"token": lambda: alice.bearer, "cookie": alice.cookie,
                   "api key": lambda: alice.api_key("orders:read")}[how]()  # fmt: skip
        assert app.get("/me", headers=headers).status_code == 200
        assert app.get("/me", headers=headers).status_code == 200
        if how == "token":
            alice.sign_out()
        elif how == "cookie":
            alice.end_browser_session()
        else:
            httpx.delete(
                f"{alice.url}/api/account/api-keys/{headers['X-Key-Id']}", headers=alice.bearer
            ).raise_for_status()
        ended = time.perf_counter()
        while app.get("/me", headers=headers).status_code != 401:
            assert time.perf_counter() - ended < 60, "never refused"
        with capsys.disabled():
            sys.stdout.write(f"\n{app.framework}: {how} refused after {time.perf_counter() - ended:.2f} s\n")


class TestDjango:
    def test_somebody_gets_a_row_when_first_seen_and_keeps_it(self, app, alice):
        if app.framework != "django":
            return
        before = app.get("/page", headers=alice.bearer).json()
        assert (before["id"], before["email"], before["usable"]) == (alice.id, "", False)
        after = app.get("/page", headers=alice.cookie()).json()
        assert (after["id"], after["email"], after["rows"]) == (alice.id, f"{alice.name}@example.com", before["rows"])


class TestFastapi:
    def test_the_document_has_the_security_scheme(self, app):
        if app.framework != "fastapi":
            return
        document = app.get("/openapi.json").json()
        scheme = document["components"]["securitySchemes"]["Vestibule"]
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
        assert document["paths"]["/me"]["get"]["security"] == [{"Vestibule": []}]

"""Vestibule inside a FastAPI application, mounted under /auth: addresses, cookies, links, CSRF and pages have the prefix."""

import json
import re
import shutil

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from harness import PASSWORD, SECRET
from programs import application
from servers import free_port
from vestibule import embed
from vestibule.settings import SettingsError

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request, tmp_path_factory, postgres_templates):
    folder, port = tmp_path_factory.mktemp("embedded"), free_port()
    url = f"http://localhost:{port}/auth"
    database = f"sqlite:///{folder / 'embedded.db'}"
    more = {}
    if request.param == "postgresql":
        # The application's own database, in a schema of our own that is not there yet.
        database, more = postgres_templates.fresh(), {"VESTIBULE_DATABASE_SCHEMA": "login_of_the_application"}
    environment = {
        "VESTIBULE_ENV": "development", "VESTIBULE_ISSUER": url, "VESTIBULE_SECRET_KEY": SECRET,
        "VESTIBULE_DATA_DIR": str(folder), "VESTIBULE_DATABASE_URL": database, "VESTIBULE_ARGON2_MEMORY_KIB": "64", **more,
    }  # fmt: skip
    running = application(folder, "embedded_app", "asgi", port=port, workers=2, **environment)
    with running as root, httpx.Client(base_url=root) as http:
        yield http
    if request.param == "postgresql":
        postgres_templates.drop(database)


def register(site, name: str) -> dict:
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    assert site.post("/auth/api/auth/register", json=body).status_code == 201
    given = {"email": f"{name}@example.com", "password": PASSWORD, "tokenDelivery": "cookie"}
    return site.post("/auth/api/auth/login", json=given)


class TestBelowAPrefix:
    def test_both_live_side_by_side(self, site):
        assert site.get("/api/session").json() == {"mine": True}
        assert site.get("/auth/api/session").json()["user"] is None
        assert site.get("/auth/health").json() == {"status": "ok"}
        assert site.get("/auth/no/such/page").status_code == 404
        assert site.get("/authentic").status_code == 404

    def test_tokens_name_it_and_open_the_application(self, site):
        answer = register(site, "tokenholder")
        headers = {"Authorization": f"Bearer {answer.json()['accessToken']}", "Accept": "application/json"}
        assert site.get("/", headers=headers).status_code == 200
        assert site.get("/", headers={"Accept": "application/json"}).status_code == 401

    def test_the_refresh_cookie_goes_nowhere_else(self, site):
        cookies = register(site, "cookieholder").headers.get_list("set-cookie")
        refresh = next(cookie for cookie in cookies if cookie.startswith("vestibule_refresh="))
        assert "; Path=/auth/api/auth;" in refresh
        site.cookies.clear()

    def test_links_in_mails_lead_below_it(self, site):
        register(site, "linkholder")
        site.post("/auth/api/auth/forgot-password", json={"email": "linkholder@example.com"})
        mails = [mail for mail in site.get("/auth/dev/mailbox.json").json() if "linkholder" in mail["to"]]
        links = [link for mail in mails for link in mail["links"]]
        assert links
        pages = f"{str(site.base_url).rstrip('/')}/auth/auth/"
        assert all(link.startswith(pages) for link in links), links

    def test_csrf_holds_as_it_does_at_a_root(self, site):
        with httpx.Client(base_url=site.base_url) as browser:
            body = {"credential": "nobody", "password": PASSWORD}
            assert browser.post("/auth/api/session", json=body).json()["code"] == "csrf_failed"
            token = browser.get("/auth/api/csrf/restore").json()["XSRF-Token"]
            evil = {"XSRF-Token": token, "Origin": "https://evil.example"}
            assert browser.post("/auth/api/session", json=body, headers=evil).json()["code"] == "origin_not_allowed"
            assert browser.post("/auth/api/session", json=body, headers={"XSRF-Token": token}).status_code == 401

    def test_what_is_looked_for_at_the_root_is_there(self, site):
        issuer = str(site.base_url).rstrip("/") + "/auth"
        for path in ("/.well-known/oauth-authorization-server/auth", "/auth/.well-known/oauth-authorization-server"):
            assert site.get(path).json()["issuer"] == issuer
        moved = site.get("/.well-known/change-password")
        assert (moved.status_code, moved.headers["location"]) == (303, f"{issuer}/account/security")
        assert site.get("/.well-known/jwks.json").json() == site.get("/auth/.well-known/jwks.json").json()
        assert site.get("/.well-known/passkey-endpoints").json()["enroll"] == f"{issuer}/account/security"

    @pytest.mark.parametrize("path", ["/auth/../api/session", "/auth/%2e%2e/api/session", "/auth//api/session"])
    def test_no_spelling_of_the_prefix_leads_elsewhere(self, site, path):
        url = site.base_url.copy_with(raw_path=path.encode())
        with httpx.Client() as http:
            assert (
                http.get(url).status_code in {400, 404} or "user" in http.get(url).text or "mine" in http.get(url).text
            )


@pytest.mark.browser
def test_a_person_signs_in_on_the_way_to_the_application(site):
    register(site, "traveller")
    site.cookies.clear()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(base_url=str(site.base_url)).new_page()
        wrong = []
        page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
        page.goto("/?q=1")
        page.get_by_label("Username or email").fill("traveller")
        page.get_by_role("button", name="Continue", exact=True).click()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Welcome, traveller")).to_be_visible()
        expect(page).to_have_url(re.compile(r"/\?q=1$"))
        page.goto("/auth/account")
        page.get_by_role("link", name="Devices").click()
        expect(page.get_by_text("This device")).to_be_visible()
        expect(page).to_have_url(re.compile("/auth/account/sessions$"))
        page.reload()
        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        assert [url for url in wrong if "/api/session" not in url] == []
        browser.close()


class TestSettings:
    @pytest.mark.parametrize("path", ["/a b", '/a"b', "/<x>", "/a%20b", "//x", "/a;b", "/a//b"])
    def test_an_odd_path_is_refused(self, path, tmp_path):
        with pytest.raises(SettingsError, match=r"app\.example\.com/auth"):
            embed.app({"ENV": "development", "PUBLIC_URL": f"http://localhost:8000{path}", "DATA_DIR": str(tmp_path)})

    def test_development_makes_its_own_secret(self, tmp_path):
        made = embed.app({"ENV": "development", "PUBLIC_URL": "http://localhost:8000/x", "DATA_DIR": str(tmp_path)})
        assert made.settings.server.secret_key == (tmp_path / "secret_key").read_text().strip()
        assert json.dumps(made.settings.server.public_url) == '"http://localhost:8000/x"'


class TestOfTheModule:
    def test_lifespan_and_root_routes_are_those_of_the_latest(self, tmp_path, monkeypatch):
        monkeypatch.setattr(embed, "_latest", None)
        with pytest.raises(RuntimeError, match=r"embed\.app"):
            embed.root_routes()
        made = embed.app({"ENV": "development", "PUBLIC_URL": "http://localhost:8000/x", "DATA_DIR": str(tmp_path)})
        assert [route.path for route in embed.root_routes()] == [route.path for route in made.root_routes()]
        assert "/.well-known/oauth-authorization-server/x" in [route.path for route in made.root_routes()]

"""Every client library on a host beside Vestibule's, in Chromium: sign in on the way, come back signed in, and never go
round in circles.
"""

import re

import httpx
import pytest
from playwright.sync_api import expect
from siblings import HOST, ID, at, chromium, sign_in, vestibule, without_the_cookie
from visitors import FRAMEWORKS

from programs import application

pytestmark = [pytest.mark.servers, pytest.mark.browser]
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
COOKIE = "vestibule_forward_auth"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    with vestibule(tmp_path_factory.mktemp("issuer")) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module", params=FRAMEWORKS)
def app(request, issuer, tmp_path_factory):
    """Its address on the sibling host; the environment says nothing but where Vestibule is."""
    module, interface = FRAMEWORKS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    given = {"VESTIBULE_ISSUER": issuer.url, "DJANGO_DATABASE": str(folder / "django.db")}
    with application(folder, module, interface, **given) as url:
        yield Application(request.param, at(url))


class Application:
    """An application: its framework, its address, and its page for people."""

    def __init__(self, framework: str, url: str) -> None:
        self.framework = framework
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.path = "/page" if framework == "django" else "/me"

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        return httpx.request(
            method, f"http://localhost:{self.port}{path}", headers={"Host": f"{HOST}:{self.port}"} | headers
        )


def opened(page, app) -> str:
    """Sign in on the way to the application's page, and return the cookie of sibling hosts."""
    page.goto(app.url + app.path)
    sign_in(page)
    expect(page).to_have_url(app.url + app.path)
    expect(page.locator("body")).to_contain_text('"user_')
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(app.url)}
    assert cookies[COOKIE]["domain"] == ".example.localhost"
    return f"{COOKIE}={cookies[COOKIE]['value']}"


class TestInChromium:
    def test_sign_in_on_the_way_and_arrive(self, page, app):
        opened(page, app)
        page.goto(app.url + app.path)
        expect(page).to_have_url(app.url + app.path)
        expect(page.locator("body")).to_contain_text('"user_')

    def test_who_is_signed_in_at_vestibule_arrives_at_once(self, page, app, issuer):
        page.goto(f"{issuer.url}/auth/sign-in")
        sign_in(page)
        expect(page).to_have_url(f"{issuer.url}/account")
        page.goto(app.url + app.path)
        expect(page).to_have_url(app.url + app.path)
        expect(page.locator("body")).to_contain_text('"user_')

    def test_a_browser_that_comes_back_without_the_cookie_stays_and_learns_why(self, page, app, issuer):
        with without_the_cookie(app.port) as port:
            address = f"http://{HOST}:{port}{app.path}"
            page.goto(address)
            sign_in(page)
            expect(page.get_by_role("heading", name="You are not signed in here")).to_be_visible()
            expect(page).to_have_url(re.compile(r"^http://app\.example\.localhost:\d+/"))
            page.get_by_text(f"For the operator of {HOST}").click()
            for text in (
                f"VESTIBULE_FORWARD_AUTH={HOST}/* signed-in",
                "VESTIBULE_FORWARD_AUTH_DOMAIN=example.localhost",
            ):
                expect(page.get_by_text(text, exact=True)).to_be_visible()
            page.get_by_role("link", name="Sign in again").click()
            expect(page.get_by_role("heading", name="You are not signed in here")).to_be_visible()

    @pytest.mark.parametrize(
        ("path", "title"), [("/admin", "Not for this account"), ("/vault", "A second factor is needed")]
    )
    def test_the_access_rules_hold_as_they_do_behind_a_proxy(self, page, app, path, title):
        cookie = opened(page, app)
        page.goto(app.url + path)
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        refused = app.ask(path, Cookie=cookie)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


class TestTheCookie:
    def test_ends_with_the_session(self, page, app, issuer):
        cookie = opened(page, app)
        assert app.ask("/me", Cookie=cookie).status_code == 200
        page.goto(f"{issuer.url}/account")
        page.evaluate(
            """async () => {
              const token = (await (await fetch("/api/csrf/restore")).json())["XSRF-Token"];
              await fetch("/api/session", { method: "DELETE", headers: { "XSRF-Token": token } });
            }"""
        )
        while app.ask("/me", Cookie=cookie).status_code == 200:
            pass
        assert app.ask("/me", Cookie=cookie).status_code == 401
        assert app.ask("/maybe", Cookie=cookie).json() == {"id": None}

    @pytest.mark.parametrize(
        "value", ["", "x", "vst_fwd_", "vst_fwd_session_01k00000000000000000000000_" + "0" * 64, "vst_fwd_a b"]
    )
    def test_that_is_none_signs_no_one_in(self, app, value):
        assert app.ask("/maybe", Cookie=f"{COOKIE}={value}").json() == {"id": None}
        assert app.ask("/me", Cookie=f"{COOKIE}={value}").status_code == 401

    def test_does_not_let_another_origin_change_something(self, page, app):
        cookie = opened(page, app)
        for headers in (
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "https://evil.example"},
        ):
            assert app.ask("/change", "POST", Cookie=cookie, **headers).status_code == 403
        assert app.ask("/change", "POST", Cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}).status_code == 200


class TestJustBack:
    def refused(self, app, path: str, **headers: str) -> httpx.Response:
        """The last answer of the application; Django's own redirect to its sign-in view is followed."""
        answer = app.ask(path, **NAVIGATION, **headers)
        own = answer.headers.get("location", "")
        return app.ask(own, **NAVIGATION, **headers) if own.startswith("/") else answer

    def test_is_remembered_for_one_page_and_for_a_minute(self, app, issuer):
        first = self.refused(app, f"{app.path}?q=1")
        assert (first.status_code, first.headers["location"].partition("?")[0]) == (
            302,
            f"{issuer.url}/forward-auth/return",
        )
        mark, *attributes = first.headers["set-cookie"].split("; ")
        assert set(attributes) == {"Path=/", "Max-Age=60", "HttpOnly", "SameSite=Lax"}
        again = self.refused(app, f"{app.path}?q=1", Cookie=mark)
        assert (again.status_code, again.headers["content-type"]) == (401, "text/html; charset=utf-8")
        assert "default-src 'none'" in again.headers["content-security-policy"]
        assert again.headers["set-cookie"].startswith(mark)
        assert "Max-Age=0" in again.headers["set-cookie"]
        assert self.refused(app, f"{app.path}?q=2", Cookie=mark).status_code == 302

    def test_shows_no_markup_of_the_address(self, app):
        path = f"{app.path}?q=%3Cscript%3E&x='\"<b>"
        mark = self.refused(app, path).headers["set-cookie"].partition(";")[0]
        page = self.refused(app, path, Cookie=mark)
        assert page.status_code == 401
        assert "<b>" not in page.text

    def test_means_nothing_for_programs(self, app):
        mark = (
            self.refused(app, "/page" if app.framework == "django" else "/me").headers["set-cookie"].partition(";")[0]
        )
        answer = app.ask("/me", Accept="application/json", Cookie=mark)
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_required")


class TestWhatIsMissingAtVestibule:
    @pytest.mark.parametrize(
        ("changed", "title", "text"),
        [
            ({"VESTIBULE_FORWARD_AUTH_DOMAIN": ""}, "This address is out of reach", "VESTIBULE_FORWARD_AUTH_DOMAIN"),
            (
                {"VESTIBULE_FORWARD_AUTH": f"{ID}/* signed-in"},
                "This address is not set up",
                f"VESTIBULE_FORWARD_AUTH, such as {HOST}/* signed-in",
            ),
        ],
    )
    def test_is_said_on_a_page_instead_of_going_to_the_account(self, page, tmp_path, changed, title, text):
        with vestibule(tmp_path, **changed) as running, application(
            tmp_path, "wsgi_app", "wsgi", VESTIBULE_ISSUER=running.url
        ) as url:  # fmt: skip
            page.goto(f"{at(url)}/me")
            expect(page.get_by_role("heading", name=title)).to_be_visible()
            expect(page.get_by_text(text)).to_be_visible()
            expect(page.locator(f"a[href*='{HOST}']")).to_have_count(0)
